"""The figures of quality, as objectives write them: ``quality.f1``, and ``quality.f1.delta`` against a baseline.

- ``quality.<scorer>``: mean mark of the items that the scorer marks; ``quality.score``: of each item's first scorer.
- ``quality.abstained``: share of answers that say that they are none; ``quality.wrong``: of those that are worth
  nothing and do not say so; ``quality.unparsable``: of those that have not the form that was asked for.
- ``quality.failed``: share of the items whose request failed; in all others these are neither right nor wrong.
- ``quality.<any of these>.delta``: that of the candidate less that of the baseline, over the same items.
- ``quality.length.delta``: output tokens of the candidate over those of the baseline, less 1, over the same items.
- ``quality.differs``: share of items that are answered otherwise in company than alone; ``quality.drift``: output
  tokens in company over those alone, less 1.
- Of a panel of judges (``quality/judges/``): ``quality.judged``, what it gives in the mean; ``quality.win_rate``, how
  often it prefers the candidate's answer to the baseline's, a tie being half; ``quality.ties``: how often it says that
  they are equal, or is evenly divided; ``quality.position_bias``: share of judgements that change with the order in
  which a pair is shown; ``quality.unread``: share of judgements that could not be had; ``quality.agreement``: how far
  judges agree beyond chance (kappa); ``quality.calibration`` and ``quality.calibration_kappa``: how often, and how far
  beyond chance, the panel says what people said of labelled answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.metrics.base import Kind
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.units import Unit
from pytest_fmbench.quality.scorers import SCORERS

FAMILY, DELTA = "quality.", ".delta"
COUNTED = ("abstained", "wrong", "unparsable", "failed")
"""Shares that are counted beside scores."""

BY_HARNESS = ("acc", "acc_norm", "em")
"""Metrics of lm-evaluation-harness that scorers of ours are not called like: most of its tasks have one of them."""

IN_COMPANY = {"differs": Unit.SHARE, "drift": Unit.DIFFERENCE}
LENGTH = "length.delta"
JUDGED = "judged"
OF_JUDGES = (
    JUDGED,
    "win_rate",
    "ties",
    "position_bias",
    "unread",
    "agreement",
    "calibration",
    "calibration_kappa",
)
"""What judges say, and what is known of them."""


@dataclass(frozen=True)
class Figure:
    """One of them, as far as objectives must know it."""

    name: str
    unit: Unit
    kind: Kind = Kind.SHARE


def _figures() -> dict[str, Unit]:
    shares = ("score", *SCORERS, *BY_HARNESS, *COUNTED)
    deltas = {f"{name}{DELTA}": Unit.DIFFERENCE for name in shares}
    judged = {**dict.fromkeys(OF_JUDGES, Unit.SHARE), f"{JUDGED}{DELTA}": Unit.DIFFERENCE}
    return {**dict.fromkeys(shares, Unit.SHARE), **deltas, LENGTH: Unit.DIFFERENCE, **IN_COMPANY, **judged}


FIGURES = {f"{FAMILY}{name}": Figure(f"{FAMILY}{name}", unit) for name, unit in _figures().items()}

QUALITIES: Registry[Figure] = Registry("metric", {name: f"{__name__}:FIGURES[{name}]" for name in FIGURES})


def is_about_quality(objective: Objective) -> bool:
    """Whether it is about answers, not about a run."""
    return objective.metric.startswith(FAMILY)
