"""JSON that keeps a schema: 1 where the answer is such, else 0. A fence of Markdown around it does not matter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import UNPARSABLE, Item, Mark

_FENCE = "```"


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

        try:
            document = json.loads(_unfenced(said.text))
        except (ValueError, RecursionError):
            return UNPARSABLE
        schema = dict(item.truth.schema or {})
        return Mark(float(validator_for(schema)(schema).is_valid(document)))


def _unfenced(said: str) -> str:
    """What stands in a fence that is around all of it, without a pattern, which takes far too long for some texts."""
    text = said.strip()
    if len(text) < 2 * len(_FENCE) or not (text.startswith(_FENCE) and text.endswith(_FENCE)):
        return said
    kind, newline, inside = text[len(_FENCE) : -len(_FENCE)].partition("\n")
    return inside if newline and kind.strip() in ("", "json") else said


SCORER = JsonSchema()
