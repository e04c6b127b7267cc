"""Whether a value is what a JSON schema says: the keywords by which tools describe their arguments.

https://json-schema.org/understanding-json-schema/reference; a keyword that is not known here is refused before a run,
so that no call counts as valid which nobody looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_fmbench.errors import UnknownName, UsageError

Schema = Mapping[str, Any]

_SAID_ONLY = {"title", "description", "default", "examples", "format", "$schema"}
"""Keywords that ask for nothing."""

_TYPES: dict[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "integer": lambda value: _TYPES["number"](value) and (isinstance(value, int) or _is_whole(value)),
}


def check_schema(schema: object) -> None:
    """See that all that a schema asks for is known here.

    :raises UsageError: for what is no object, or a keyword or a type that is not known.
    """
    if not isinstance(schema, Mapping):
        raise UsageError(f"{schema!r:.60} is no JSON schema that is known here: write an object, such as {{}}")
    for keyword, said in schema.items():
        if keyword not in _ASKS and keyword not in _SAID_ONLY:
            raise UnknownName("keyword of a JSON schema", keyword, {*_ASKS, *_SAID_ONLY})
        if keyword == "type":
            for name in _names(said):
                if name not in _TYPES:
                    raise UnknownName("type of a JSON schema", name, _TYPES)
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema["items"]] if "items" in schema else []
    others = schema.get("additionalProperties", True)
    for one in (*inner, *(() if isinstance(others, bool) else (others,))):
        check_schema(one)


def problem_of(value: object, schema: Schema, where: str) -> str | None:
    """The first thing that is wrong with a value; None where it is what the schema says.

    :param where: what the value is called.
    """
    return next(_problems(value, schema, where), None)


def _problems(value: object, schema: Schema, where: str) -> Iterator[str]:
    for keyword, said in schema.items():
        ask = _ASKS.get(keyword)
        if ask is not None:
            yield from ask(value, said, where, schema)


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _names(said: object) -> list[str]:
    return [said] if isinstance(said, str) else list(said)  # type: ignore[call-overload]  # of types, as a schema has it


def _of_type(value: object, said: object, where: str, _: Schema) -> Iterator[str]:
    names = _names(said)
    if not any(_TYPES[name](value) for name in names):
        yield f"{where} is no {' or '.join(names)}: {value!r:.60}"


def _with_properties(value: object, said: Mapping[str, Schema], where: str, _: Schema) -> Iterator[str]:
    if isinstance(value, dict):
        for name in value.keys() & said.keys():
            yield from _problems(value[name], said[name], f"{where}.{name}")


def _required(value: object, said: list[str], where: str, _: Schema) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{where}.{name} is missing" for name in said if name not in value)


def _with_others(value: object, said: bool | Schema, where: str, schema: Schema) -> Iterator[str]:
    others = [name for name in value if name not in schema.get("properties", {})] if isinstance(value, dict) else []
    for name in others:
        if said is False:
            yield f"{where}.{name} is not known"
        elif isinstance(said, Mapping):
            yield from _problems(value[name], said, f"{where}.{name}")  # type: ignore[index]  # a dict, as it has others


def _of_items(value: object, said: Schema, where: str, _: Schema) -> Iterator[str]:
    if isinstance(value, list):
        for nth, item in enumerate(value):
            yield from _problems(item, said, f"{where}[{nth}]")


def _any_of(value: object, said: list[Schema], where: str, _: Schema) -> Iterator[str]:
    if all(problem_of(value, one, where) for one in said):
        yield f"{where} is none of what it may be: {value!r:.60}"


def _among(value: object, said: list[object], where: str, _: Schema) -> Iterator[str]:
    # JSON tells true from 1, and Python does not
    if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in said):
        yield f"{where} is {value!r:.60}, and may be {', '.join(map(repr, said))}"


def _bounded(of: Callable[[object], float | None], holds: Callable[[float, float], bool], words: str) -> _Ask:
    def ask(value: object, said: float, where: str, _: Schema) -> Iterator[str]:
        measured = of(value)
        if measured is not None and not holds(measured, said):
            yield f"{where} is {words} {said:g}: {value!r:.60}"

    return ask


def _like(value: object, said: str, where: str, _: Schema) -> Iterator[str]:
    if isinstance(value, str) and not re.search(said, value):
        yield f"{where} is not like {said}: {value!r:.60}"


def _number(value: object) -> float | None:
    return value if _TYPES["number"](value) else None  # type: ignore[return-value]  # a number


def _length(value: object) -> float | None:
    return len(value) if isinstance(value, str) else None


def _count(value: object) -> float | None:
    return len(value) if isinstance(value, list) else None


_Ask = Callable[[object, Any, str, Schema], Iterator[str]]
_ASKS: dict[str, _Ask] = {
    "type": _of_type,
    "properties": _with_properties,
    "required": _required,
    "additionalProperties": _with_others,
    "items": _of_items,
    "anyOf": _any_of,
    "enum": _among,
    "const": lambda value, said, where, schema: _among(value, [said], where, schema),
    "minimum": _bounded(_number, lambda value, limit: value >= limit, "below"),
    "maximum": _bounded(_number, lambda value, limit: value <= limit, "above"),
    "minLength": _bounded(_length, lambda value, limit: value >= limit, "shorter than"),
    "maxLength": _bounded(_length, lambda value, limit: value <= limit, "longer than"),
    "minItems": _bounded(_count, lambda value, limit: value >= limit, "fewer than"),
    "maxItems": _bounded(_count, lambda value, limit: value <= limit, "more than"),
    "pattern": _like,
}
