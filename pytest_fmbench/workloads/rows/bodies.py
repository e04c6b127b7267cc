"""Rows that become whole bodies of requests: JSON, written once, with places for columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt, Wanted
from pytest_fmbench.workloads.rows.base import Record, Unusable
from pytest_fmbench.workloads.rows.cells import cell, sendable
from pytest_fmbench.workloads.rows.template import Template

_PLAIN = (int, float, bool, type(None))


@dataclass(frozen=True)
class Parts:
    """A JSON object whose values are templates, tuples, other such objects, or what JSON knows."""

    named: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Bodied:
    """One body a row.

    :param body: a text in it that is nothing but a column, as ``"{user}"``, is what the row holds there, as it is: a
        number, a list, an object; in other texts columns become text.
    :param columns: those that a row must have.
    """

    body: Parts
    columns: tuple[str, ...]

    def prompt(self, record: Record, folder: Path) -> Prompt:  # noqa: ARG002  # bodies have no paths
        """The body that a row makes; see :class:`~pytest_fmbench.workloads.rows.base.Form`."""
        return Prompt((), max_tokens=0, fields=_object(self.body, record), wanted=Wanted.JSON)


def bodied(kind: str, given: object) -> Bodied:
    """What makes bodies of rows.

    :param kind: what the function is called that was asked for it.
    :raises UsageError: for what is no JSON object, or names no column.
    """
    if not isinstance(given, Mapping) or not given:
        raise UsageError(f'{kind}(body={given!r}): give a JSON object, such as {{"user": "{{user_id}}", "k": 10}}')
    columns = dict[str, None]()
    body = _parts(kind, given, columns)
    if not columns:
        raise UsageError(f"{kind}(body={given!r}): it names no column, so that all requests would be alike")
    return Bodied(body, tuple(columns))


def _parts(kind: str, given: Mapping[object, object], columns: dict[str, None]) -> Parts:
    named = []
    for name, value in given.items():
        if not isinstance(name, str):
            raise UsageError(f"{kind}(body=...): the name {name!r} is no text, and JSON knows no other")
        named.append((name, _part(kind, value, columns)))
    return Parts(tuple(named))


def _part(kind: str, given: object, columns: dict[str, None]) -> object:
    if isinstance(given, str):
        template = Template(given)
        columns.update(dict.fromkeys(template.columns))
        return template
    if isinstance(given, Mapping):
        return _parts(kind, given, columns)
    if isinstance(given, (list, tuple)):
        return tuple(_part(kind, one, columns) for one in given)
    if not isinstance(given, _PLAIN):
        raise UsageError(f"{kind}(body=...): {given!r} is no JSON")
    return given


def _object(parts: Parts, record: Record) -> dict[str, object]:
    return {name: _filled(part, record) for name, part in parts.named}


def _filled(part: object, record: Record) -> object:
    if isinstance(part, Template):
        return _text_or_column(part, record)
    if isinstance(part, Parts):
        return _object(part, record)
    return [_filled(one, record) for one in part] if isinstance(part, tuple) else part


def _text_or_column(template: Template, record: Record) -> object:
    columns = template.columns
    if len(columns) == 1 and template.text == f"{{{columns[0]}}}":
        return _sendable(cell(record, columns[0]))
    return sendable(template.filled(record))


def _sendable(value: object) -> object:
    """What a row holds, seen to be JSON: some sources hold dates and bytes.

    :raises Unusable: when it is not.
    """
    if isinstance(value, str):
        return sendable(value)
    if isinstance(value, Mapping):
        return {str(name): _sendable(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sendable(inner) for inner in value]
    if not isinstance(value, _PLAIN):
        raise Unusable(f"with a {type(value).__name__}, which JSON does not know")
    return value
