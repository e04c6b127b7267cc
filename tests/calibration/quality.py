"""How often verdicts on answers err: ``python -m tests.calibration.quality [--table NAME] [PAGE]``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.bounded import bounded_mean
from tests.calibration.tables import Line, make

RISK = 0.05
"""One-sided, as of a case with one objective."""

MARGIN = 0.05
_WRONG = 0.02
"""At most, where the truth lies half a margin or more on the other side."""

_SEED = 20_261_126
_ITEMS = (100, 300, 1_000)
_DELTAS = (0.0, -0.5, -1.0, -1.5, -2.0)
"""True differences, in margins."""

_HEAD = (
    "| marks | items | true difference | passed | failed | not decided | bar |",
    "|---|---|---|---|---|---|---|",
)
_COVERAGE_HEAD = (
    "| marks | items | truth below the interval | above it | required, each | half-width / normal's |",
    "|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Marks:
    """Pairs of marks, baseline and candidate, whose means differ by so much.

    :param draw: of a generator, a number of items and a difference of means.
    """

    name: str
    draw: Callable[[np.random.Generator, int, float], tuple[Floats, Floats]]


def flags(random: np.random.Generator, n: int, delta: float) -> tuple[Floats, Floats]:
    """Seven of ten right; one of fourteen is answered otherwise, besides what the difference takes."""
    before = random.random(n) < 0.7
    lost, gained = (0.05 - delta) / 0.7, 0.05 / 0.3
    changed = random.random(n) < np.where(before, lost, gained)
    return before.astype(float), (before ^ changed).astype(float)


def fractions(random: np.random.Generator, n: int, delta: float) -> tuple[Floats, Floats]:
    """As F1 gives: many 0, many 1, the rest between; half of the answers are the same word for word."""
    before = np.where(random.random(n) < 0.3, 0.0, np.where(random.random(n) < 0.4, 1.0, random.beta(3.0, 2.0, n)))
    mean = 0.7 * (0.4 + 0.6 * 0.6)
    again = np.where(random.random(n) < 0.3, 0.0, np.where(random.random(n) < 0.4, 1.0, random.beta(3.0, 2.0, n)))
    spoilt = random.random(n) < -delta / mean
    return before, np.where(spoilt, 0.0, np.where(random.random(n) < 0.5, before, again))


SHAPES = (Marks("right or wrong", flags), Marks("F1", fractions))


def main() -> int:
    """Exit code 1 where a bar is missed."""
    return make("tests.calibration.quality", {"noninferiority": _noninferiority, "scores": _scores})


def _noninferiority(replications: int) -> Iterator[Line]:
    """Of ``delta >= -5pp``."""
    yield from ((line, True) for line in _HEAD)
    for nth, (shape, items, margins) in enumerate((s, n, m) for s in SHAPES for n in _ITEMS for m in _DELTAS):
        random, passed, failed = np.random.default_rng([_SEED, nth]), 0, 0
        for _ in range(replications):
            before, after = shape.draw(random, items, margins * MARGIN)
            found = bounded_mean(after - before, -1.0, confidence=1.0 - 2.0 * RISK)
            passed, failed = passed + (found.low >= -MARGIN), failed + (found.high < -MARGIN)
        yield _row(shape.name, items, margins, (passed / replications, failed / replications), replications)


def _row(name: str, items: int, margins: float, shares: tuple[float, float], replications: int) -> Line:
    passed, failed = shares
    if margins == -1.0:
        most, wrong, bar = RISK + 2.0 * math.sqrt(RISK * (1 - RISK) / replications), max(passed, failed), "5% each"
    else:
        most, wrong, bar = _WRONG, passed if margins < -1.0 else failed, "2% wrong"
    share = [f"{one:.1%}" for one in (passed, failed, 1.0 - passed - failed)]
    return f"| {name} | {items:,} | {100 * margins * MARGIN:+.1f} pp | {' | '.join(share)} | {bar} |", wrong <= most


def _scores(replications: int) -> Iterator[Line]:
    """Of single scores."""
    yield from ((line, True) for line in _COVERAGE_HEAD)
    for nth, (shape, items) in enumerate((shape, items) for shape in SHAPES for items in (20, 72, 300)):
        random, above, below, widths = np.random.default_rng([_SEED, 1_000 + nth]), 0, 0, list[float]()
        truth = float(np.mean([shape.draw(random, 1_000_000, 0.0)[0].mean()]))
        truth = 0.7 if shape.draw is flags else truth
        for _ in range(replications):
            values, _ = shape.draw(random, items, 0.0)
            found = bounded_mean(values, confidence=1.0 - 2.0 * RISK)
            above, below = above + (found.low > truth), below + (found.high < truth)
            normal = NormalDist().inv_cdf(1.0 - RISK) * float(values.std()) / math.sqrt(items)
            widths.append((found.high - found.low) / 2.0 / normal if normal else 1.0)
        most = RISK + 2.0 * math.sqrt(RISK * (1 - RISK) / replications)
        shares = f"{above / replications:.1%} | {below / replications:.1%}"
        wide = float(np.median(widths))
        yield (
            f"| {shape.name} | {items} | {shares} | 5% at most | {wide:.2f} |",
            max(above, below) <= most * replications,
        )


if __name__ == "__main__":
    sys.exit(main())
