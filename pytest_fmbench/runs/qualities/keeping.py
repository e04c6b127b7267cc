"""Which answers may stand beside those that are asked for now: only those that were made in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pytest_fmbench.errors import StoreError
from pytest_fmbench.runs.harness.examined import HARNESS
from pytest_fmbench.runs.measure import TABLE
from pytest_fmbench.runs.qualities.asking import spools
from pytest_fmbench.runs.qualities.conditions import MADE_WITH, Conditions, conditions
from pytest_fmbench.runs.qualities.served import Served
from pytest_fmbench.store.answers import ANSWERS

Manner = Callable[[str], "tuple[str, Mapping[str, object]]"]
"""In which dialect, and with which fields, is asked who speaks a dialect."""


def conditions_in(folder: Path, served: Served, manner: Manner, *, there: bool) -> Conditions:
    """Under which conditions answers in ``folder`` were made, or are now asked for.

    Where some are left to ask, those of before stay only if they were made in the same way.

    :param there: whether all answers are.
    :raises StoreError: when they cannot be read or written.
    """
    kept = Conditions.kept(folder)
    if kept is not None and there:
        return kept
    dialect, fields = manner(served.server.endpoint.dialect)
    now = conditions(served, served.how.dialects[dialect](), fields)
    if kept is None or (changed := kept.changed(now)):
        if kept is not None:
            forget(folder, served, f"another {' and '.join(changed)}")
        now.keep(folder)
    return now


def forget(folder: Path, served: Served, why: str) -> None:
    """Let go of all answers there, and say so.

    :param why: what they were made with.
    :raises StoreError: when they cannot be removed.
    """
    say, who = served.how.observer.say, served.deployment.id
    say(f"{served.case}: what {who} answered before was made with {why}, so everything is asked anew")
    try:
        for path in (*(folder / name for name in (ANSWERS, TABLE, HARNESS, MADE_WITH)), *spools(folder)):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot remove {folder}: {error}") from error
