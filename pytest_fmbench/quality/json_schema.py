"""JSON that keeps a schema: 1 where the answer is such, else 0. A fence of Markdown around it does not matter."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.util import find_spec

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import UNPARSABLE, Item, Mark

_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


@dataclass(frozen=True)
class JsonSchema:
    """By ``jsonschema``, in the draft that the schema names, else the newest that it knows."""

    name: str = "json_schema"
    needs: str = "schema"

    def see_that_it_can(self) -> None:
        """See :class:`~pytest_fmbench.quality.base.Demanding`."""
        if find_spec("jsonschema") is None:
            raise UsageError(
                "the scorer json_schema needs a package that is not installed: pip install 'pytest-fmbench[quality]'"
            )

    def __call__(self, said: Answer, item: Item) -> Mark:
        """See :class:`~pytest_fmbench.quality.base.Scorer`."""
        from jsonschema.validators import validator_for

        fenced = _FENCE.fullmatch(said.text)
        try:
            document = json.loads(fenced[1] if fenced else said.text)
        except (ValueError, RecursionError):
            return UNPARSABLE
        schema = dict(item.truth.schema or {})
        return Mark(float(validator_for(schema)(schema).is_valid(document)))


SCORER = JsonSchema()
