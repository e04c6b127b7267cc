"""What a server says of itself, once it is ready."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from pytest_fmbench.model.conditions import Plain

_PATIENCE_S = 5.0


def facts_of(host: str, port: int, wanted: Mapping[str, tuple[str, str]]) -> dict[str, Plain]:
    """Ask for each fact; those that cannot be had are left out.

    :param wanted: as :class:`~pytest_fmbench.model.launch.LaunchPlan` has them.
    """
    told = {path: said(host, port, path) for path in dict.fromkeys(path for path, _ in wanted.values())}
    found = {name: _at(told[path], key) for name, (path, key) in wanted.items()}
    return {name: value for name, value in found.items() if isinstance(value, (str, int, float))}


def said(host: str, port: int, path: str) -> object:
    """What a path answers, as JSON; None where it answers nothing of that kind."""
    connection = HTTPConnection(host, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return json.loads(reply.read(), parse_constant=lambda _: None) if reply.status == HTTPStatus.OK else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _at(told: object, key: str) -> object:
    """What lies at a dotted key, whose numbers are places in lists."""
    for part in key.split("."):
        if isinstance(told, Mapping):
            told = told.get(part)
        elif isinstance(told, list) and part.isdecimal() and int(part) < len(told):
            told = told[int(part)]
        else:
            return None
    return told
