"""How long people read and type between the turns of a conversation."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.model.draws import read
from pytest_fmbench.model.think import think_of


def thinking(kind: str, think: float | str | None) -> str | None:
    """``think`` as :func:`pytest_fmbench.model.draws.read` takes it; None where nobody thinks.

    :param kind: the workload, as messages call it.
    :raises UsageError: for what is neither a time above 0 nor a distribution of seconds.
    """
    return None if think is None else think_of(kind, think, "nobody thinks")


def pauses_s(think: str | None, seed: str, turns: int) -> Sequence[float]:
    """Seconds before each of so many turns; none before the first."""
    if think is None:
        return [0.0] * turns
    return [0.0, *read(think).draws(seed, turns - 1)]
