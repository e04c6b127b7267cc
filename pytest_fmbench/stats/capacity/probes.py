"""What a search asks, what it is answered, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

WARM_UP = 0.25
"""Of a probe's requests, so many more come before: an empty server takes a while to have its usual queue."""


class Scale(str, Enum):
    """What the score of a request is.

    ``SHARE``: 1 where it breaks the promise, else 0. ``AMOUNT``: what is measured, above 0. ``COUNT``: as a share, and
    not one request may break the promise.
    """

    SHARE = "share"
    AMOUNT = "amount"
    COUNT = "count"


@dataclass(frozen=True)
class Aim:
    """An objective, as a ceiling on the mean of scores: ``ttft.p95 < 1s`` is kept where 5 % take longer.

    The mean of scores does not depend on how long a probe is, and pools over probes; a percentile does neither.

    :param name: the objective, as written.
    :param limit: of the mean; of a share, between 0 and 1.
    """

    name: str
    limit: float
    scale: Scale = Scale.SHARE


@dataclass(frozen=True)
class Probe:
    """A rate to try.

    :param rate: in requests a second.
    :param requests: of its window.
    :param warm_up: requests before that.
    """

    rate: float
    requests: int
    warm_up: int


@dataclass(frozen=True)
class Answer:
    """What came of a probe.

    :param rate: in requests a second, as asked.
    :param requests: of its window.
    :param means: the mean score by each aim; NaN where there is none, which is taken for a broken promise.
    :param unstable: what waits grew for as long as it lasted.
    :param sure: by each aim, whether this probe alone says surely that it is kept (True) or not; None where neither.
    :param spent: requests, with the warm-up; ``seconds`` is how long it took.
    :param served: so many a second were surely served, however many were asked; 0 where the probe does not tell, and
        inf where there is no doubt.
    :param unserved: whether what was asked was surely more than could be served.
    """

    rate: float
    requests: int
    means: tuple[float, ...]
    unstable: bool = False
    sure: tuple[bool | None, ...] = ()
    spent: int = 0
    seconds: float = 0.0
    served: float = float("inf")
    unserved: bool = False


@dataclass(frozen=True)
class Budget:
    """What all probes together may take.

    :param requests: with those of warm-ups; None is any number.
    :param seconds: of measuring; None is any time.
    """

    requests: float | None = None
    seconds: float | None = None

    def __str__(self) -> str:
        count = [] if self.requests is None else [f"{self.requests:,.0f} requests"]
        return " and ".join([*count, *([] if self.seconds is None else [f"{self.seconds:.0f} s"])])

    def left(self, answers: tuple[Answer, ...], rate: float) -> float:
        """Requests that may still be spent at ``rate``."""
        by_count = float("inf") if self.requests is None else self.requests - sum(one.spent for one in answers)
        by_time = float("inf") if self.seconds is None else self.seconds - sum(one.seconds for one in answers)
        return min(by_count, by_time * rate)

    def without(self, requests: float, seconds: float) -> Budget:
        """What is left of it; never less than nothing."""
        return Budget(
            None if self.requests is None else max(0.0, self.requests - requests),
            None if self.seconds is None else max(0.0, self.seconds - seconds),
        )


@dataclass(frozen=True)
class Found:
    """The largest rate that keeps all aims, in requests a second.

    :param rate: the best guess.
    :param low: surely kept below; 0 where the probes do not tell. ``high``: surely not above, or inf.
    :param limiting: the aim that sets it, by number; None where none was seen to be broken.
    :param error: standard error of the rate, as a share of it; inf where it is not known.
    :param precise: the interval is as narrow as was wanted.
    :param piles_up: what sets it is that requests pile up above, while no aim is seen to be broken.
    """

    rate: float
    low: float
    high: float
    limiting: int | None
    error: float = float("inf")
    precise: bool = False
    piles_up: bool = False

    @property
    def width(self) -> float:
        """Of the interval, as a share of the rate."""
        return (self.high - self.low) / self.rate if self.rate > 0.0 else float("inf")
