"""How long people read and type between the turns of a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.draws import KNOWN, read
from pytest_fmbench.model.units import seconds_in


def thinking(kind: str, think: float | str | None) -> str | None:
    """``think`` as :func:`pytest_fmbench.model.draws.read` takes it; None where nobody thinks.

    :param kind: the workload, as messages call it.
    :raises UsageError: for what is neither a time above 0 nor a distribution of seconds.
    """
    if think is None:
        return None
    seconds = seconds_in(think)
    if seconds is not None:
        return f"{seconds:g}"
    problem = UsageError(
        f"{kind}(think={think!r}): give a time above 0, as 2s or 500ms, or a distribution of seconds "
        f"({', '.join(f'{name}:...' for name in KNOWN)}); leave it out where nobody thinks"
    )
    if not isinstance(think, str) or ":" not in think:
        raise problem
    try:
        read(think)
    except (UsageError, UnknownName) as error:
        raise problem from error
    return think.replace(" ", "")


def pauses_s(think: str | None, seed: str, turns: int) -> Sequence[float]:
    """Seconds before each of so many turns; none before the first."""
    if think is None:
        return [0.0] * turns
    return [0.0, *read(think).draws(seed, turns - 1)]
