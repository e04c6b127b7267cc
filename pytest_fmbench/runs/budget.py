"""What a run may spend beside time and requests: tokens, and dollars, which are time on what is paid by the hour."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.numbers import is_count, is_number
from pytest_fmbench.runs.crew.standing import Standing

_SECONDS_PER_HOUR = 3_600.0


@dataclass(frozen=True)
class Tokens:
    """Tokens that a run may ask a server for, input and output, in all phases.

    :param most: how many; None is no limit.
    :param input_tokens: about how many a request takes.
    """

    most: int | None = None
    input_tokens: int = 0

    def share(self, standing: Standing) -> float:
        """The share of them that is asked for, were the window to end now; 0 without a limit.

        Load goes on until the window's requests have ended: about as many more begin as are under way.
        """
        if self.most is None:
            return 0.0
        asked = standing.output_tokens + standing.asked * self.input_tokens
        under_way = standing.asked - standing.decoded.done
        return asked * (1.0 + under_way / max(1, standing.asked)) / self.most


def see_that_they_are_some(tokens: int | None, rounds: int) -> None:
    """See that a run can be made of ``tokens``.

    :raises UsageError: for what is no whole number from 1, or for less than one a round.
    """
    if tokens is None:
        return
    if not is_count(tokens) or tokens < rounds:
        raise UsageError(f"tokens={tokens!r}: give a whole number of input and output tokens, from {rounds}")


def affordable(limits: Limits, usd: float, usd_per_hour: float | None, *, rounds: int, what: str) -> Limits:
    """``limits``, whose window is no longer than ``usd`` pay for.

    :param usd_per_hour: what a server costs; None where that is not known.
    :param rounds: so many warm-ups are paid for too.
    :param what: it is that costs so much.
    :raises UsageError: for dollars that are not positive, that nobody can reckon with, or that end in the warm-up.
    """
    if not is_number(usd) or not 0.0 < usd < math.inf:
        raise UsageError(f"usd={usd!r}: give a positive number of dollars")
    if usd_per_hour is None:
        raise UsageError(f"usd={usd}: nobody says what {what} costs; set duration=, requests= or tokens= instead")
    if usd_per_hour == 0.0:
        return limits
    window_s = usd / usd_per_hour * _SECONDS_PER_HOUR - rounds * limits.warmup_s
    if window_s <= 0.0:
        warm = rounds * limits.warmup_s * usd_per_hour / _SECONDS_PER_HOUR
        raise UsageError(f"usd={usd}: warming up {what} takes {warm:.2g} of them; allow more, or a shorter warmup")
    return replace(limits, duration_s=min(limits.duration_s, window_s))
