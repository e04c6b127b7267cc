"""Any endpoint that answers JSON with JSON, such as a recommender or a ranker: what it is asked, a workload knows.

Where it is asked, where in the reply the things lie that it was asked for, and what these are called, stands behind the
dialect's name: ``json?path=/recommend&items=data.items&unit=users``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import note_error, note_items
from pytest_fmbench.client.dialects.prompts import encoded
from pytest_fmbench.client.dialects.reading import read_document
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt, Wanted

NO_SUCH_PATH = "no such path"
_EACH = "*"
_NAMED, _SHOWN = 12, 40


@dataclass(frozen=True)
class JsonItems:
    """``POST`` of an object to a path; the reply is one chunk of no token.

    :param path: under the endpoint's base URL; that of containers of SageMaker where none is given.
    :param items: where in the reply the items lie: names and places with dots between them, such as ``data.items`` or
        ``results.0.users``; ``*`` goes on into each entry of a list. A list there is as many items as it has entries,
        anything else is one, and null is none.
    :param unit: what an item is, for reports, in the plural.
    :raises UsageError: for a path that is none.
    """

    path: str = "/invocations"
    items: str = "predictions"
    unit: str = "items"

    name = "json"
    gives = frozenset({Wanted.JSON})

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or not self.path.isprintable() or " " in self.path:
            raise UsageError(f"the dialect json: path={self.path!r}: it begins with a slash, such as /recommend")
        if not all(self.items.split(".")):
            raise UsageError(
                f"the dialect json: items={self.items!r}: names with dots between them, such as data.items"
            )

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:  # noqa: ARG002  # not named
        """The request whose JSON is ``fields``."""
        if prompt.wanted is not Wanted.JSON:
            raise UsageError(
                "the dialect json asks what a workload says in whole: use a workload such as "
                'jsonl("rows.jsonl", body={"user": "{user}"})'
            )
        return Call(self.path, encoded({}, fields))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document. Where there is no such path, it cannot be read."""
        return read_document(body, self._take)

    def _take(self, reply: Reply, document: bytes, end: int) -> bool:
        said = json.loads(document)
        reply.ended = True
        try:
            note_items(reply, end, sum(map(_count, found(said, self.items))))
        except LookupError:
            note_error(reply, said.get("error") if isinstance(said, dict) else None)
            if not reply.error:
                raise
        return False


def found(said: object, path: str) -> Iterator[object]:
    """What lies at a path, which may be several things.

    :raises LookupError: when nothing does, with what there is instead.
    """
    yield from _below(said, path.split("."), path)


def _below(said: object, steps: Sequence[str], path: str) -> Iterator[object]:
    if not steps:
        yield said
        return
    step, *others = steps
    if step == _EACH and isinstance(said, list):
        for one in said:
            yield from _below(one, others, path)
    elif isinstance(said, Mapping) and step in said:
        yield from _below(said[step], others, path)
    elif isinstance(said, list) and step.isdecimal() and int(step) < len(said):
        yield from _below(said[int(step)], others, path)
    else:
        raise LookupError(f'{NO_SUCH_PATH} "{path}": at "{step}" there is {_shown(said)}')


def _count(item: object) -> int:
    return len(item) if isinstance(item, list) else int(item is not None)


def _shown(said: object) -> str:
    """What is where a path does not go on: the names of an object, else what it is."""
    if isinstance(said, Mapping):
        names = ", ".join(name[:_SHOWN] for name in [*said][:_NAMED])
        return f"an object of {names}" if names else "an empty object"
    if isinstance(said, list):
        return f"a list of {len(said)}"
    return json.dumps(said)[:_SHOWN]
