"""Promises: how they are written, judged and told. Pure; metrics are known by what they declare.

Use :func:`parse` when tests are collected, :func:`undecidable` when a run is planned, :func:`judge` on what was
measured, :func:`open_gate` while it is being measured, :func:`describe` for the message, :func:`aim_of` to search
for the largest rate that keeps it.
"""

from pytest_fmbench.sla.aims import aim_of, score
from pytest_fmbench.sla.deciding import Gate, open_gate
from pytest_fmbench.sla.grammar import Described, Vocabulary, parse
from pytest_fmbench.sla.judge import interval_confidence, is_counted, judge
from pytest_fmbench.sla.plan import least_samples, undecidable
from pytest_fmbench.sla.report import describe
from pytest_fmbench.sla.statistic import quantile_of

__all__ = [
    "Described",
    "Gate",
    "Vocabulary",
    "aim_of",
    "describe",
    "interval_confidence",
    "is_counted",
    "judge",
    "least_samples",
    "open_gate",
    "parse",
    "quantile_of",
    "score",
    "undecidable",
]
