"""What a call of ``fmbench(...)`` comes to before a server is asked, for a run and for its plan alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_fmbench.load.arrivals import Load
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.budget import affordable, see_that_they_are_some
from pytest_fmbench.runs.checks import seconds_of, see_that_it_is_whole, window_of
from pytest_fmbench.runs.measure import limits_of
from pytest_fmbench.runs.replays.playing import Played, played
from pytest_fmbench.runs.rounds import see_that_they_can_be


@dataclass(frozen=True)
class Wishes:
    """How long a run may take and what it may spend, as its call says it."""

    duration: float | str | None
    requests: int | None
    tokens: int | None
    usd: float | None
    warmup: float | str
    rounds: int


@dataclass(frozen=True)
class Terms:
    """How long it does take.

    :param limits: of all rounds together.
    :param warmup_s: that was given, in seconds; None where it is ``"auto"``.
    """

    play: Played
    limits: Limits
    warmup_s: float | None


def terms_of(
    load: Load, workload: Workload, wishes: Wishes, default_s: float, *, price: Callable[[], float | None], what: str
) -> Terms:
    """The terms of a run.

    :param default_s: length of a window where nothing says another, in seconds.
    :param price: of the server, in dollars an hour; asked only where dollars are a limit.
    :param what: deployment it is, for messages.
    :raises UsageError: for a value that cannot be measured with.
    """
    play, rounds = played(load, workload), wishes.rounds
    given = play.warmup(seconds_of(wishes.warmup))
    see_that_they_can_be(rounds, wishes.requests)
    see_that_they_are_some(wishes.tokens, rounds)
    spent = {"requests": wishes.requests, "tokens": wishes.tokens}
    length_s = window_of(play.load, wishes.duration, default_s, **spent, windows=rounds)
    limits = limits_of(length_s, wishes.requests, given)
    if wishes.usd is not None:
        limits = affordable(limits, wishes.usd, price(), rounds=rounds, what=what)
        see_that_it_is_whole(play.load, limits.duration_s, f"usd={wishes.usd}", windows=rounds)
    return Terms(play, limits, given)
