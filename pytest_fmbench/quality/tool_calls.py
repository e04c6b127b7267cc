"""Tool calls: 1 where the model made the wanted ones and no other, in any order, else 0.

After the Berkeley Function Calling Leaderboard's AST checker (https://github.com/ShishirPatil/gorilla,
``ast_checker.py``): each wanted argument has a list of values of which one must be given, an empty text among them lets
it be left out, and no other argument may be there. Texts are alike without case, blanks and ``,./-_*^``, and with
either quote. A whole number will do for a decimal one; the other way only where the tool's schema says ``number``.
What differs from it: values nested in objects and lists are compared alike at every depth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import UNPARSABLE, Item, Mark, WantedCall

_IGNORED = re.compile(r"[ ,./\-_*^]")
_LEFT_OUT = ""

Arguments = dict[str, Any]


@dataclass(frozen=True)
class ToolCalls:
    """See the module."""

    name: str = "tool_calls"
    needs: str = "calls"

    def __call__(self, said: Answer, item: Item) -> Mark:
        """See :class:`~pytest_fmbench.quality.base.Scorer`. Arguments that are no JSON object are unparsable."""
        made = [(call.name, _parsed(call.arguments)) for call in said.tool_calls]
        left = [(name, arguments) for name, arguments in made if arguments is not None]
        if len(left) != len(made) or not made:
            return UNPARSABLE
        if len(left) != len(item.truth.calls):
            return Mark(0.0)
        decimal = {tool.name: _decimals(tool.parameters) for tool in item.prompt.tools}
        for wanted in item.truth.calls:
            nth = next((n for n, one in enumerate(left) if matches(*one, wanted, decimal.get(wanted.name, ()))), None)
            if nth is None:
                return Mark(0.0)
            del left[nth]
        return Mark(1.0)


def matches(name: str, arguments: Mapping[str, object], wanted: WantedCall, decimals: Sequence[str] = ()) -> bool:
    """Whether a call is the wanted one.

    :param decimals: arguments that may be written with a point though a whole number is wanted.
    """
    if name != wanted.name or any(one not in wanted.arguments for one in arguments):
        return False
    return all(
        _given(arguments[one], values, decimal=one in decimals) if one in arguments else _LEFT_OUT in values
        for one, values in wanted.arguments.items()
    )


def _given(value: object, values: Sequence[object], *, decimal: bool) -> bool:
    if value == _LEFT_OUT and any(not isinstance(one, str) for one in values):
        return False  # that it may be left out is no text that may be given
    return any(_alike(value, one, decimal=decimal) for one in values)


def _alike(value: object, wanted: object, *, decimal: bool = False) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return _standard(value) == _standard(wanted)
    if isinstance(value, list) and isinstance(wanted, (list, tuple)):
        pairs = zip(value, wanted, strict=False)
        return len(value) == len(wanted) and all(_alike(one, other, decimal=decimal) for one, other in pairs)
    if isinstance(value, dict) and isinstance(wanted, Mapping):
        return value.keys() == wanted.keys() and all(_alike(value[key], wanted[key]) for key in value)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, float) and isinstance(wanted, int):
        return decimal and value == wanted
    return value == wanted


def _standard(text: str) -> str:
    return _IGNORED.sub("", text).lower().replace("'", '"')


def _parsed(arguments: str) -> Arguments | None:
    try:
        found = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _decimals(schema: Mapping[str, Any]) -> list[str]:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return []
    schemas = ((name, one) for name, one in properties.items() if isinstance(one, dict))
    return [name for name, one in schemas if one.get("type") in ("number", "float")]


SCORER = ToolCalls()
