"""What is found out about cases while they are collected: what they are run against, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.assembly import pool_of
from pytest_fmbench.errors import UsageError
from pytest_fmbench.items import deployment_of
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Objective, Sla
from pytest_fmbench.stash import DEPLOYMENTS, MISTAKEN, OBJECTIVES, PROMISES, SETTINGS

if TYPE_CHECKING:
    from pytest_fmbench.runs.pool import Pool
    from pytest_fmbench.sla.files import Promised

_MISTAKES = pytest.StashKey[dict[str, list[str]]]()
"""Of a collector: what is wrong with its cases, and with which."""
_ABOUT = pytest.StashKey[set[str]]()
"""Of a session: the SLAs of its file that are about a case."""


def parametrizes(metafunc: pytest.Metafunc, name: str) -> bool:
    """Whether a case gives ``name`` its values itself."""
    named = (mark.args[0] for mark in metafunc.definition.iter_markers("parametrize") if mark.args)
    return any(
        name in ([part.strip() for part in names.split(",")] if isinstance(names, str) else names) for names in named
    )


def deployments_of(metafunc: pytest.Metafunc) -> list[Deployment]:
    """What a case is run against: its marker's, else the endpoint that was named, else what the hook says.

    :raises pytest.Collector.CollectError: for what is no deployment.
    """
    marker = metafunc.definition.get_closest_marker("deployments")
    if marker is not None:
        return _sound("the marker deployments takes one Deployment or more", marker.args)
    target = metafunc.config.stash[SETTINGS].target
    if target is not None:
        return [target]
    found = metafunc.config.hook.pytest_fmbench_deployments(config=metafunc.config) or ()
    return _sound("the hook pytest_fmbench_deployments returns a list of Deployment", found)


def _sound(takes: str, given: Iterable[object]) -> list[Deployment]:
    alone = isinstance(given, (str, Deployment))  # which it is easy to return, or to take for a list
    found: list[object] = [] if alone else [*given]
    sound = [one for one in found if isinstance(one, Deployment)]
    if alone or len(sound) < len(found):
        wrong = given if alone else next(one for one in found if not isinstance(one, Deployment))
        raise pytest.Collector.CollectError(f"{takes}, such as Deployment(model, stack), not {wrong!r}")
    return sound


def is_right(collector: pytest.Collector, item: object) -> bool:
    """Whether nothing is wrong with a case; what is, is kept until all of ``collector`` were looked at."""
    if not (isinstance(item, pytest.Item) and "fmbench" in getattr(item, "fixturenames", ())):
        return True
    try:
        check(item)
    except UsageError as mistake:
        item.config.stash[MISTAKEN] = True
        collector.stash.setdefault(_MISTAKES, {}).setdefault(str(mistake), []).append(item.nodeid)
        return False
    return True


def mistakes_of(collector: pytest.Collector) -> str:
    """What is wrong with cases of ``collector``: each mistake once, after the first case that has it."""
    mistakes = collector.stash.get(_MISTAKES, {})
    return "\n".join(f"{_first(cases)}: {mistake}" for mistake, cases in mistakes.items())


def check(item: pytest.Item) -> None:
    """Read a case's SLA into its stash, and see that its deployment can be had.

    :raises UsageError: for a mistake in either.
    """
    from pytest_fmbench.catalog import DIALECTS, PROMISED
    from pytest_fmbench.sla import parse

    objectives = [replace(parse(text, PROMISED), sla=name) for name, text in _promised(item)]
    item.stash[OBJECTIVES] = objectives
    if objectives and all(one.per_request for one in objectives):
        raise UsageError(
            f"{objectives[0].text!r} is about each request and defines goodput, so say how much of it is needed, "
            "such as 'goodput >= 95%', or give it a statistic, such as p95"
        )
    deployment = deployment_of(item)
    if deployment is not None:
        known = item.config.stash[DEPLOYMENTS].setdefault(deployment.id, deployment)
        if known != deployment:
            raise UsageError(
                f"{known!r} and {deployment!r} have one id, {known.id}: give one an option or another name"
            )
        DIALECTS[deployment.dialect]()  # which may take a package that is not installed
        pool = pool_of(item.config)
        pool.check(deployment)
        _see_that_dollars_are_known(objectives, pool, deployment)


def _see_that_dollars_are_known(objectives: Sequence[Objective], pool: Pool, deployment: Deployment) -> None:
    """See that somebody says what a deployment costs whose objectives count dollars.

    What we would pay for is left: without its price it is skipped when it is asked for.

    :raises UsageError: where nobody says.
    """
    from pytest_fmbench.catalog import METRICS
    from pytest_fmbench.runs.tariffs import see_that_dollars_are_known

    counted = [one for one in objectives if one.metric in METRICS and METRICS[one.metric].priced]
    if not counted or pool.is_paid(deployment):
        return
    see_that_dollars_are_known(counted, METRICS, pool.tariff(deployment), deployment.id, deployment.instance)


def _first(cases: list[str]) -> str:
    more = len(cases) - 1
    return f"{cases[0]} (and {more} more)" if more else cases[0]


def promises_of(config: pytest.Config) -> tuple[Promised, ...]:
    """The SLAs of ``--fmbench-sla``; none without it.

    :raises UsageError: for a mistake in the file.
    """
    path = config.stash[SETTINGS].sla
    if path is None:
        return ()
    from pytest_fmbench.catalog import PROMISED
    from pytest_fmbench.sla.files import read_promises

    return read_promises(path, PROMISED)


def see_that_promises_are_kept_by_somebody(config: pytest.Config) -> None:
    """See that each SLA of ``--fmbench-sla`` is about a case that was collected: a typo would let all of them pass.

    :raises UsageError: naming the first that is not.
    """
    about = config.stash.get(_ABOUT, set())
    for one in config.stash[PROMISES]:
        if one.name not in about:
            listed = ", ".join(map(repr, one.cases))
            raise UsageError(f"--fmbench-sla: no case that was collected is among those of [{one.name}]: {listed}")


def _promised(item: pytest.Item) -> Iterator[tuple[str, str]]:
    """Each objective, after the name of its SLA: those of the file, if any is about the case, else of its marker."""
    names = (getattr(item, "originalname", None) or item.name, item.name, item.nodeid)
    found = [one for one in item.config.stash[PROMISES] if one.is_about(names)]
    item.config.stash.setdefault(_ABOUT, set()).update(one.name for one in found)
    if found:
        yield from ((one.name, text) for one in found for text in one.objectives)
    else:
        yield from _marked(item)


def _marked(item: pytest.Item) -> Iterator[tuple[str, str]]:
    marker = item.get_closest_marker("sla")
    if marker is not None and marker.kwargs:
        raise UsageError(f"the sla marker takes objectives as text, such as 'ttft.p95 < 4s', not {marker.kwargs}")
    if marker is not None and not marker.args:
        raise UsageError("the sla marker promises nothing: give objectives, such as 'ttft.p95 < 4s', or leave it out")
    for promise in marker.args if marker else ():
        if not isinstance(promise, (str, Sla)):
            raise UsageError(f"the sla marker takes objectives as text and Sla objects, not {promise!r}")
        if isinstance(promise, Sla):
            yield from ((promise.name, text) for text in promise.objectives)
        else:
            yield "", promise
