"""Sessions of a history, as files, without measuring anything."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.store.session import write_json

Json = dict[str, Any]
CASE = "test_chat.py_test_chat_m+s+local-0123abcd"
NAME = "test_chat[m+s+local]"


def name_of(nth: int) -> str:
    """That of the session ``nth`` in order of time, one a day."""
    return f"2026-{1 + nth // 28:02}-{1 + nth % 28:02}T120000Z-{nth:06x}"


def case_json(values: Mapping[str, object], **parts: object) -> Json:
    """What is read of a ``case.json``, with the figures ``values``."""
    figures = {
        name: {"value": value, "unit": METRICS[name.partition(".")[0]].unit.value} for name, value in values.items()
    }
    subject = {"deployment": "m+s+local", "workload": "Chat(output_tokens=8)", "load": "closed:1"}
    return {"name": NAME, **subject, "invalid": [], "figures": figures, **parts}


def session_json(python: str = "3.11.4", **parts: object) -> Json:
    """What is read of a ``session.json``."""
    options = {"fmbench_output": "fmbench-out", "fmbench_workers": "1", "fmbench_proxy": None}
    made_with: Json = {"versions": {"python": python}, "machine": {"cores": 2}, "options": options}
    return made_with | parts


def write_session(folder: Path, nth: int, cases: Mapping[str, Json], made_with: Json | None = None) -> Path:
    """The session ``nth`` in ``folder``; returns its own folder."""
    session = folder / name_of(nth)
    write_json(session / "session.json", session_json() if made_with is None else made_with)
    for case, content in cases.items():
        # not write_json, which would refuse a NaN
        (session / "cases" / case).mkdir(parents=True)
        (session / "cases" / case / "case.json").write_text(json.dumps(content), "utf-8")
    return session


def write_series(folder: Path, values: Sequence[object], statistic: str = "ttft.p95") -> list[Path]:
    """A session for each of ``values``."""
    return [write_session(folder, nth, {CASE: case_json({statistic: value})}) for nth, value in enumerate(values)]


def copied(real: Path, folder: Path, number: int, changed: Callable[[int, Json, Json], None]) -> None:
    """So many copies of a real session, each changed by ``changed(nth, case, session)`` in place."""
    for nth in range(number):
        copy = folder / name_of(nth)
        shutil.copytree(real, copy)
        session = json.loads((copy / "session.json").read_text("utf-8"))
        for path in copy.glob("cases/*/case.json"):
            case = json.loads(path.read_text("utf-8"))
            changed(nth, case, session)
            write_json(path, case)
        write_json(copy / "session.json", session)
