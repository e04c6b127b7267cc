"""The policies of docs/iam, and the calls that are held against them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs/iam"
_PREFIXES = {"service-quotas": "servicequotas"}


def statements(name: str) -> list[dict[str, Any]]:
    """Those of a policy."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["Statement"]
    return found


def actions(name: str) -> set[str]:
    """All that a policy allows."""
    each = (one["Action"] for one in statements(name))
    return {action for some in each for action in ([some] if isinstance(some, str) else some)}


def called(calls: Iterable[Any]) -> set[str]:
    """Calls that the stand-in got, as policies call them."""
    return {f"{_PREFIXES.get(call.service, call.service)}:{call.operation}" for call in calls}
