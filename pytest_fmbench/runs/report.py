"""Cases from their records, without a server: every number computed again, every verdict given again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.certificate import certificate_in
from pytest_fmbench.model.comparison import AgainstStored, outcome_in
from pytest_fmbench.model.exchange import Exchange
from pytest_fmbench.model.objective import Objective, Outcome
from pytest_fmbench.model.price import tariff_in
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.runs.baselines.against import Reference
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.sampling.needs import unmeasured
from pytest_fmbench.runs.summary import Summary, summarise
from pytest_fmbench.runs.verdicts.certify import problems
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.promises import promises_of
from pytest_fmbench.runs.verdicts.sequential import Looked, Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.stats.looks import Look
from pytest_fmbench.store.session import read_json, round_folders
from pytest_fmbench.store.spool import read_spool
from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.store.telemetry import TELEMETRY, read_telemetry

Dialects = Registry[Callable[[], Dialect]]

FILES = SUMMARY, REQUESTS, SPOOL = "case.json", "requests.parquet", "spool"
"""What a case's folder may hold."""

_ANOTHER_VERSION = "another version wrote it; report with that one"
_TRIED = 200
"""Exchanges at most that are read in every dialect, to find the one that they are in."""

_STRICTNESS = [one.name for one in fields(Strictness)]
_NEEDED = ("name", "sla", "open_loop", "certificate", "looks", "decided", *_STRICTNESS)
_COMPUTED = {
    "name",
    "window_s",
    "rounds",
    "requests",
    "certificate",
    "looks",
    "decided",
    "cut",
    "invalid",
    "warnings",
    "figures",
    "boxes",
    "groups",
    "verdicts",
    "fidelity",
    "tasks",
    "tariff",
    "telemetry",
}


@dataclass(frozen=True)
class Report:
    """What the records of some cases say.

    :param summaries: of the runs that could be judged, in order of measuring.
    :param unjudged: name of each other run, and why; it is never a pass.
    :param folders: where the records of each that could be judged lie.
    """

    summaries: list[Summary] = field(default_factory=list)
    unjudged: list[tuple[str, str]] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every run could be judged and every verdict is a pass."""
        outcomes = {verdict["outcome"] for summary in self.summaries for verdict in summary["verdicts"]}
        valid = not any(summary["invalid"] for summary in self.summaries)
        valid = valid and not any(outcome_in(summary.get("baseline")) for summary in self.summaries)
        return valid and not self.unjudged and outcomes <= {Outcome.PASS.value}


def report(
    cases: Iterable[Path], metrics: Registry[Metric], dialects: Dialects, reference: Reference | None = None
) -> Report:
    """What the folders ``cases`` hold.

    :param reference: a baseline that they are held against, as if it had been named when they were measured.
    :raises StoreError: for a folder, or a baseline, whose files cannot be read.
    """
    found, judged = Report(), list[tuple[int, Summary, Path]]()
    for folder in sorted(cases):
        # both are deleted once the table is whole, so where one lies, whatever lies beside it is older or torn
        if _spools(folder) or round_folders(folder):
            found.unjudged.append((folder.name, interrupted(folder, dialects)))
        elif (folder / SUMMARY).exists():
            run, subject = _rejudged(folder, metrics)
            if reference is not None:
                run.stored = _against(reference, run, subject, str(folder / SUMMARY))
            judged.append((run.window.begin_ns, summarise(run, subject), folder))
        else:
            found.unjudged.append((folder.name, _broken_off(folder)))
    for _, summary, folder in sorted(judged, key=itemgetter(0)):
        found.summaries.append(summary)
        found.folders.append(folder)
    return found


def _against(reference: Reference, run: Run, subject: Summary, path: str) -> AgainstStored | None:
    """What a baseline says of a run; what another one said when it was measured is forgotten."""
    then = subject.pop("baseline", None) or {}
    if "conditions" not in subject:
        raise StoreError(f"{path} lacks conditions: {_ANOTHER_VERSION}")
    if run.invalid or not subject.get("judged", True):
        return None
    strictness = Strictness(**{name: subject[name] for name in _STRICTNESS})
    return reference.against(run, subject, strictness, runs=then.get("runs", strictness.judged_runs))


def recompute(case_folder: Path, metrics: Registry[Metric]) -> Summary:
    """The summary of a run, from its ``requests.parquet`` and from how ``case.json`` says that it was judged.

    :raises StoreError: when either cannot be read.
    """
    return summarise(*_rejudged(case_folder, metrics))


def interrupted(case_folder: Path, dialects: Dialects) -> str:
    """What can be said of a run that left its spool only: its window never closed, so it has no figures.

    Of one in rounds, those that were whole are counted too; there is no interval before all are.

    :raises StoreError: when the spool, or the table of a round, cannot be read.
    """
    exchanges = [exchange for spool in _spools(case_folder) for exchange in read_spool(spool)]
    dialect = _dialect_of(exchanges[:: len(exchanges) // _TRIED + 1], dialects)
    ends = Counter(decode(one, dialect).status for one in exchanges)
    whole = [read_measurement(path).requests for path in _whole_rounds(case_folder)]
    found = ends + Counter(status for table in whole for status in table["status"].to_pylist())
    complete, failed = (found[status.value] for status in (Status.OK, Status.FAILED))
    told = f"{complete} requests complete" + (f", {failed} failed" if failed else "")
    if round_folders(case_folder):
        told = f"{told}, {len(whole)} rounds whole"
    return f"interrupted: {told}; window unknown (read as {dialect.name})"


def _dialect_of(exchanges: Sequence[Exchange], dialects: Dialects) -> Dialect:
    """The one that makes most sense of them. The spool does not say it; read as another, no reply would be whole."""

    def whole(dialect: Dialect) -> int:
        return sum(decode(one, dialect).status == Status.OK.value for one in exchanges)

    return max(_installed(dialects), key=whole)


def _installed(dialects: Dialects) -> Iterator[Dialect]:
    """Those that need no package which is not here: nothing was measured by them."""
    for name in dialects:
        with suppress(UsageError):
            yield dialects[name]()


def _spools(case_folder: Path) -> list[Path]:
    """One of each load worker, also of a round that is not whole."""
    folders = [case_folder, *round_folders(case_folder)]
    return [spool for folder in folders for spool in sorted(folder.glob(f"{SPOOL}*"))]


def _whole_rounds(case_folder: Path) -> list[Path]:
    """Tables of the rounds that are."""
    folders = [folder for folder in round_folders(case_folder) if not any(folder.glob(f"{SPOOL}*"))]
    return [folder / REQUESTS for folder in folders if (folder / REQUESTS).exists()]


def _rejudged(folder: Path, metrics: Registry[Metric]) -> tuple[Run, Summary]:
    """The run, judged as it was, and its subject."""
    kept = _kept(folder / SUMMARY)
    objectives = _objectives(folder / SUMMARY, kept, metrics)
    stored = read_measurement(folder / REQUESTS)
    promises = promises_of(objectives, metrics, open_loop=kept["open_loop"])
    telemetry, tariff = read_telemetry(folder / TELEMETRY), tariff_in(kept, str(folder / SUMMARY))
    measurement = replace(stored, promises=promises, telemetry=telemetry, tariff=tariff)
    figures = Figures(measurement, metrics, kept["confidence"])
    certificate = certificate_in(kept, str(folder / SUMMARY))
    run = Run(
        kept["name"],
        figures,
        folder,
        certificate,
        kept["open_loop"],
        tuple(objectives),
        tuple(Looked(Look(requests, share), *part) for requests, share, *part in kept["looks"]),
        kept["decided"],
        kept.get("cut", ""),
        kept.get("shape_s", 0.0),  # records of before there were shapes do not say
    )
    run.invalid = [*problems(run, objectives), *unmeasured(run, objectives)]
    run.verdicts = judge_run(run, objectives, Strictness(**{name: kept[name] for name in _STRICTNESS}))
    return run, {name: value for name, value in kept.items() if name not in _COMPUTED}


def _kept(path: Path) -> dict[str, Any]:
    kept = read_json(path)
    missing = [name for name in _NEEDED if name not in kept]
    if missing:
        raise StoreError(f"{path} lacks {', '.join(missing)}: {_ANOTHER_VERSION}")
    return kept


def _objectives(path: Path, kept: Mapping[str, Any], metrics: Registry[Metric]) -> list[Objective]:
    try:
        return [parse(text, metrics) for text in kept["sla"]]
    except UsageError as error:
        raise StoreError(f"the SLA in {path} cannot be read: {_ANOTHER_VERSION}\n{error}") from error


def _broken_off(folder: Path) -> str:
    if not (folder / REQUESTS).exists():
        return "interrupted: it broke off before anything was recorded"
    rows = read_measurement(folder / REQUESTS).window_requests.num_rows
    return f"not judged: {rows} requests in its window, but the case broke off before its verdict"
