"""What became of each case of a session, a line each, written as soon as it is known, so that none is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import StoreError

RESULTS = "results.jsonl"
"""Its name in a session's folder."""

PASSED, FAILED = "passed", "failed"

Result = dict[str, Any]
"""``case`` (its node id), ``outcome``, ``message``, and what reports are made of: ``runs``, ``capacities``,
``qualities``.
"""


def add(session: Path, result: Mapping[str, Any]) -> None:
    """Write a result behind those that are there.

    :raises StoreError: when it cannot be written.
    """
    path = session / RESULTS
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(json.dumps(result).encode() + b"\n")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error


def read(session: Path) -> dict[str, Result]:
    """The last result of each case, by node id. A line that was cut short, as by a crash, is none.

    :raises StoreError: when the file cannot be read; where there is none, there are no results.
    """
    path = session / RESULTS
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error}") from error
    found = filter(None, map(_result, lines))
    return {result["case"]: result for result in found}


def _result(line: bytes) -> Result | None:
    try:
        result = json.loads(line)
    except ValueError:
        return None
    needed = {"case", "outcome", "message", "runs", "capacities"}
    return result if isinstance(result, dict) and needed <= {*result} else None
