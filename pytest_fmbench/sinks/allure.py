"""Allure: the steps of a case, its parameters, and what is attached to it. Knows allure only inside functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import StoreError
from pytest_fmbench.runs.observer import Observer, Stage
from pytest_fmbench.runs.qualities.quality import Quality
from pytest_fmbench.runs.run import Run
from pytest_fmbench.sinks.against import listed
from pytest_fmbench.sinks.capacity_plot import capacity_plot
from pytest_fmbench.sinks.certificate import lines as certificate
from pytest_fmbench.sinks.plot import latency_plot
from pytest_fmbench.sinks.quality import lines as figures_of_quality
from pytest_fmbench.sinks.sheet import as_csv, as_html, rows_as_csv
from pytest_fmbench.sinks.tasks import lines as tasks
from pytest_fmbench.sinks.tasks import listed as turns
from pytest_fmbench.sla import describe

_LOG_LINES = 200


class AllureSteps(Observer):
    """A step a stage, in whatever Allure has open: the set-up or the case."""

    def __init__(self) -> None:
        self._step: AbstractContextManager[object] | None = None
        self._nth = 0

    def restart(self) -> None:
        """A case begins: its next run is its first."""
        self._nth = 0

    def enter(self, stage: Stage) -> None:
        """End the step before, and begin this stage's."""
        import allure

        self.leave()
        self._nth += stage is Stage.PROVISION
        again = f" #{self._nth}" if self._nth > 1 and stage is not Stage.JUDGE else ""
        step: AbstractContextManager[object] = allure.step(f"{stage.value}{again}")
        step.__enter__()
        self._step = step

    def leave(self, error: BaseException | None = None) -> None:
        """End the open step, if there is one; as broken by ``error``, if that ended it."""
        step, self._step = self._step, None
        if step is not None:
            step.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


class _Bare:
    """Text of which allure-pytest shows the characters: it puts quotes round strings."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def parameter(name: str, text: str, *, identifies: bool = True) -> None:
    """Show a parameter of the case.

    :param identifies: another text makes another case, with a history of its own.
    """
    import allure

    allure.dynamic.parameter(name, _Bare(text), excluded=not identifies)


def attach_run(run: Run, summary: Mapping[str, Any], step: str = "") -> None:
    """Attach what is worth looking at in ``run``.

    :param step: the step to attach to; the case itself if empty.
    :raises StoreError: when Allure cannot write.
    """
    import allure

    with allure.step(step) if step else nullcontext():
        for attachment in _attachments(run, summary):
            _attach(*attachment)


def attach_capacity(capacity: Mapping[str, Any]) -> None:
    """Attach the curves of a search for a capacity.

    :raises StoreError: when Allure cannot write.
    """
    _attach(capacity["name"], "SVG", capacity_plot(capacity))


def attach_quality(found: Quality, told: Mapping[str, Any], step: str = "") -> None:
    """Attach the figures of a quality, with what a baseline and company change, and every answer.

    :param told: the same as plain values.
    :param step: the step to attach to; the case itself if empty.
    :raises StoreError: when Allure cannot write.
    """
    import allure

    with allure.step(step) if step else nullcontext():
        _attach("Quality", "TEXT", "\n".join(figures_of_quality([told])))
        _attach("Quality (CSV, shares of 1)", "CSV", as_csv(told))
        _attach("Answers", "CSV", rows_as_csv(found.beside_each_other()))


def attach_log(name: str, log: Path) -> None:
    """Attach the end of what a server wrote, if it wrote anything.

    :raises StoreError: when Allure cannot write.
    """
    lines = log.read_text("utf-8", "replace").splitlines()[-_LOG_LINES:] if log.exists() else []
    if lines:
        _attach(f"{name} (last {len(lines)} lines)", "TEXT", "\n".join(lines))


def _attach(name: str, kind: str, body: str) -> None:
    import allure

    try:
        allure.attach(body, name, allure.attachment_type[kind])
    except OSError as error:
        raise StoreError(f"cannot attach {name!r} to Allure's results: {error}") from error


def _attachments(run: Run, summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, kind and text of each."""
    outcomes = {verdict.estimate.name: verdict.outcome.value for verdict in run.verdicts}
    if run.verdicts:
        yield "Verdicts", "TEXT", "\n".join([describe(run.verdicts), *run.invalid, *summary["warnings"]])
    if summary.get("baseline"):
        yield "Baseline", "TEXT", "\n".join(listed([summary]))
    if by_turn := [*turns([summary])]:
        yield "Turns", "TEXT", "\n".join([*tasks([summary]), "", *by_turn])
    yield "Latencies", "SVG", latency_plot(run)
    yield "Figures", "HTML", as_html(summary, outcomes, run.figures.confidence)
    yield "Figures (CSV, SI units)", "CSV", as_csv(summary)
    yield "Certificate", "TEXT", "\n".join(certificate(summary))
