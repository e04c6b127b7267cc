"""How an objective is written: ``metric[.statistic] operator value[unit]``, as ``ttft.p95 < 500ms``.

Names of what is sampled have a dot themselves: ``gpu.power.mean < 300W``; and of what is told of answers one or two:
``quality.f1.delta >= -1pp``.

White space is free. Metrics and what may be said of them come from their declarations: one of many values takes a
statistic, or none where it has one value a request, and then the promise is about each request. One that is a
single number, such as ``error_rate``, takes none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from pytest_fmbench.errors import UnknownName
from pytest_fmbench.metrics.base import Kind
from pytest_fmbench.model.objective import OPERATORS, Objective
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sla.elsewhere import meant
from pytest_fmbench.sla.limit import check_reachable, take_limit
from pytest_fmbench.sla.scanner import Scanner
from pytest_fmbench.sla.statistic import EXAMPLES, canonical

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_DOT = re.compile(r"\.")
_BEFORE_A_WORD = re.compile(r"(?=\.)")
_STATISTIC = re.compile(r"[\w.]+", re.ASCII)
_OPERATOR = re.compile("|".join(sorted(map(re.escape, OPERATORS), key=len, reverse=True)))
_MANY = {Kind.POOLED: "a request", Kind.SERIES: "a run", Kind.TASK: "a run"}
"""Kinds of which a promise cannot be about each request."""


class Described(Protocol):
    """What the grammar knows of a metric."""

    @property
    def name(self) -> str:
        """As objectives write it."""
        ...

    @property
    def unit(self) -> Unit:
        """What its values count in."""
        ...

    @property
    def kind(self) -> Kind:
        """What its numbers are."""
        ...


class Vocabulary(Protocol):
    """Metrics by name: a registry, or a mapping."""

    def __getitem__(self, name: str, /) -> Described: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...


def parse(text: str, metrics: Vocabulary) -> Objective:
    """The objective that ``text`` says, its limit in SI units.

    A value needs a unit, unless it is 0, a share or a number of tokens: ``error_rate <= 0.05``.

    :raises ObjectiveSyntaxError: pointing at the first character that does not fit, with what would.
    """
    scanner = Scanner(text)
    metric = _take_metric(scanner, metrics)
    statistic = _take_statistic(scanner, metric)
    operator = _take_operator(scanner)
    limit = take_limit(scanner, metric.unit)
    if extra := scanner.rest():
        raise scanner.error(f"nothing may follow the limit, here is {extra!r}")
    objective = Objective(text, metric.name, statistic, operator, limit, metric.kind.takes_statistic and not statistic)
    check_reachable(objective, metric.unit)
    return objective


def _take_metric(scanner: Scanner, metrics: Vocabulary) -> Described:
    name = scanner.take(_NAME)
    while name is not None and (words := [one for one in sorted(metrics) if one.startswith(f"{name}.")]):
        if name in metrics and scanner.take(_BEFORE_A_WORD) is None:
            break
        name = f"{name}.{_take_word(scanner, words)}"
    if name is None:
        raise scanner.error(f"an objective begins with a metric, one of {', '.join(sorted(metrics))}")
    if name not in metrics:
        told = meant(name)
        raise scanner.error(f"unknown metric {name!r}: {told}" if told else str(UnknownName("metric", name, metrics)))
    return metrics[name]


def _take_word(scanner: Scanner, words: Sequence[str]) -> str:
    """What stands behind the dot of a name that has one, as ``power`` in ``gpu.power``."""
    word = None if scanner.take(_DOT) is None else scanner.take(_NAME)
    if word is None:
        raise scanner.error(f"one of {', '.join(words)} is meant")
    return word


def _take_statistic(scanner: Scanner, metric: Described) -> str | None:
    if scanner.take(_DOT) is None:
        if metric.kind in _MANY:
            offers = ", ".join(f"{metric.name}.{name}" for name in EXAMPLES)
            raise scanner.error(
                f"{metric.name} has many values {_MANY[metric.kind]} and needs a statistic, one of {offers}"
            )
        return None
    if not metric.kind.takes_statistic:
        raise scanner.error(f"{metric.name} is one number and takes no statistic")
    written = scanner.take(_STATISTIC) or ""
    if (name := canonical(written)) is None:
        hint = " Any percentile between p0 and p100 will do, such as p99.9"
        raise scanner.error(str(UnknownName("statistic", written, EXAMPLES)) + "." + hint)
    return name


def _take_operator(scanner: Scanner) -> str:
    operator = scanner.take(_OPERATOR)
    if operator is None:
        raise scanner.error(f"expected one of {', '.join(OPERATORS)}")
    return operator
