"""Which deployment, how many replicas, at what cost: a decision from what was measured. Pure; reads no file."""

from pytest_fmbench.recommend.candidate import PLANNED, Arrival, Candidate, Refused
from pytest_fmbench.recommend.decision import BreakEven, Decision, Ranked, decide
from pytest_fmbench.recommend.demand import Demand
from pytest_fmbench.recommend.fleet import Fleet, fleet_of, replicas_for

__all__ = [
    "PLANNED",
    "Arrival",
    "BreakEven",
    "Candidate",
    "Decision",
    "Demand",
    "Fleet",
    "Ranked",
    "Refused",
    "decide",
    "fleet_of",
    "replicas_for",
]
