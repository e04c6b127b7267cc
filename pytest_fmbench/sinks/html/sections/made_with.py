"""Where, when and by what versions a session was made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_fmbench.model.deployment import names_a_secret
from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks.html.base import Section, Told, folded
from pytest_fmbench.sinks.html.elements import Element, code, tag
from pytest_fmbench.sinks.html.words import table
from pytest_fmbench.sinks.tariffs import lines
from pytest_fmbench.store.redaction import HIDDEN, redacted

_LEAD = "What these numbers depend on beside the server: they hold for this machine, these versions and these options."
_GROUPS = ("machine", "versions", "options")


def section(told: Told) -> Section | None:
    """All that ``session.json`` says, values of what is secret left out."""
    groups = {name: told.session.get(name) or {} for name in _GROUPS}
    others = {name: value for name, value in told.session.items() if name not in (*_GROUPS, "begun")}
    if not told.session:
        return None
    begun = told.session.get("begun")
    rest = folded("Everything else", _rows(others, "everything else")) if others else None
    facts = [
        tag("p", "Begun ", code(begun), ".") if begun else None,
        *(
            tag("div", tag("h3", name.capitalize()), _rows(values, name))
            for name, values in groups.items()
            if isinstance(values, Mapping) and values
        ),
        _dollars(told),
        rest,
    ]
    return Section("made-with", "How this session was made", _LEAD, facts)


def _dollars(told: Told) -> Element | None:
    """By whose prices dollars were counted."""
    found = [*lines(told.summaries)]
    return tag("div", tag("h3", "Dollars"), *(tag("p", cut(one)) for one in found)) if found else None


def _rows(values: Mapping[str, Any], name: str) -> Element:
    rows = [(code(key), tag("td", code(_shown(key, value)))) for key, value in values.items() if value is not None]
    return table((name, "value"), rows, f"Session: {name}", numbers_from=2)


def _shown(key: str, value: object) -> str:
    if names_a_secret(key):
        return HIDDEN
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return cut(redacted(text), 1000)
