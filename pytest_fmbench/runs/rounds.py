"""A run in rounds: the same question put to several new servers, one after the other, and one run that comes of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.load.arrivals import Closed, shape_of
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.share import Share
from pytest_fmbench.model.certificate import worst_of
from pytest_fmbench.model.measurement import Measurement, span
from pytest_fmbench.model.sampled import joined
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.measure import TABLE, Measuring, Question, cleared, limits_of, measure
from pytest_fmbench.runs.observer import Stage
from pytest_fmbench.runs.run import Run
from pytest_fmbench.store.session import round_folder
from pytest_fmbench.store.table import write_measurement
from pytest_fmbench.store.telemetry import TELEMETRY, write_telemetry

if TYPE_CHECKING:
    import pyarrow as pa


def see_that_they_can_be(rounds: int, requests: int | None) -> None:
    """See that a run can be cut into ``rounds``.

    :raises UsageError: for what is no whole number from 1, or for more rounds than requests.
    """
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 1:
        raise UsageError(f"rounds={rounds!r}: a run takes a whole number of rounds, from 1")
    if isinstance(requests, int) and 0 < requests < rounds:
        raise UsageError(f"requests={requests} over rounds={rounds}: each round needs a request")


def see_that_it_can_be_renewed(identity: str, rounds: int, *, foreign: bool) -> None:
    """See that there can be a new server for each of several rounds.

    :param identity: of the deployment.
    :param foreign: its server is somebody else's.
    :raises UsageError: where it is, and there are several rounds.
    """
    if rounds > 1 and foreign:
        raise UsageError(
            f"rounds={rounds}: each takes a new server, and {identity} is not ours to stop and start; start it anew "
            "yourself before each of several sessions, or measure a deployment that we start, such as instance='local'"
        )


def measure_in_rounds(
    question: Question,
    rounds: int,
    renew: Callable[[], Server],
    *,
    warmup_s: float | None,
    folder: Path,
    how: Measuring,
    input_tokens: int,
) -> Run:
    """Put ``question`` to ``rounds`` new servers; its limits, but for the warm-up, are those of all rounds together.

    There are no looks: the window of a round ends as its limits say, and the run is judged once, at its end.

    :param renew: makes a new server in place of the last one.
    :param warmup_s: of each round, in seconds; None is as long as for a run of its length.
    :param input_tokens: about how many a request takes.
    :raises EnvironmentFault: as :func:`~pytest_fmbench.runs.measure.measure`, or when a server cannot be had;
        records of the rounds before are kept.
    :raises StoreError: when records cannot be written.
    :raises InvalidMeasurement: when not one request began in the window of a round.
    """
    cleared(folder)
    runs = []
    for nth, limits in enumerate(limits_of_each(question.limits, rounds, warmup_s)):
        name = f"{question.name}, round {nth + 1} of {rounds}"
        one = replace(question, name=name, limits=limits, seed=question.seed + nth, strictness=None, round=nth)
        one = replace(one, tokens=question.tokens and question.tokens // rounds)
        how.observer.enter(Stage.PROVISION)
        server = renew()
        how.observer.leave()
        runs.append(measure(one, server, round_folder(folder, nth), how, input_tokens))
    measurement = _kept(folder, _joined([run.figures.measurement for run in runs]))
    costs = [run.usd for run in runs if run.usd is not None]
    return Run(
        question.name,
        Figures(measurement, how.metrics, how.confidence),
        folder,
        worst_of(run.certificate for run in runs),
        not isinstance(question.load, Closed),
        question.objectives,
        cut="; ".join(f"round {nth} of {rounds}: {run.cut}" for nth, run in enumerate(runs, 1) if run.cut),
        shape_s=shape_of(question.load),
        usd=sum(costs) if costs else None,
        unpaid=next((run.unpaid for run in runs if run.unpaid), ""),
    )


def limits_of_each(limits: Limits, rounds: int, warmup_s: float | None) -> Iterator[Limits]:
    """Of each round, of a run that has ``limits`` as a whole; ``warmup_s`` is as of :func:`measure_in_rounds`."""
    each = limits_of(limits.duration_s / rounds, limits.requests, warmup_s)
    for nth in range(rounds):
        yield replace(each, requests=limits.requests and Share(nth, rounds).part(limits.requests))


def _joined(parts: list[Measurement]) -> Measurement:
    """One measurement of those of all rounds, in order."""
    import pyarrow as pa

    tables: list[pa.Table] = [part.requests.replace_schema_metadata(None) for part in parts]
    windows = tuple(part.window for part in parts)
    telemetry = joined([part.telemetry for part in parts if part.telemetry is not None])
    table = pa.concat_tables(tables).combine_chunks()
    tasks: list[pa.Table] = [part.tasks for part in parts if part.tasks is not None]
    joint = pa.concat_tables(tasks).combine_chunks() if tasks else None
    return Measurement(table, span(windows), parts[0].promises, windows, telemetry, joint, parts[0].tariff)


def _kept(folder: Path, measurement: Measurement) -> Measurement:
    """``measurement``, once it is written; only then the rounds' own records go."""
    write_measurement(folder / TABLE, measurement)
    if measurement.telemetry is not None:
        write_telemetry(folder / TELEMETRY, measurement.telemetry)
    try:
        for nth in range(len(measurement.rounds)):
            shutil.rmtree(round_folder(folder, nth))
    except OSError as error:
        raise StoreError(f"cannot remove the rounds' records from {folder}: {error}") from error
    return measurement
