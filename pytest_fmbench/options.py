"""The ``--fmbench-*`` options, and what they mean."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.conditions import GROUPS, allowed
from pytest_fmbench.model.pages import see_that_it_is_a_page
from pytest_fmbench.model.units import seconds_in
from pytest_fmbench.model.urls import is_url
from pytest_fmbench.money import Money, add_money_options, read_money
from pytest_fmbench.target import Reach, add_target_options, count, read_reach

ALL = 0
"""``--fmbench-require all``."""

_OUTPUT = "fmbench-out"

_LEAST_PERIOD_S = 0.1
"""More samples than that would cost more than they tell."""


@dataclass(frozen=True, kw_only=True)
class Settings(Reach, Money):
    """The options of a session, checked.

    :param output: folder that sessions are written below.
    :param copy_to: URL that they are copied below, too; None is nowhere.
    :param sla: file of SLAs, which cases promise instead of those of their markers.
    :param duration_s: length of a window, in seconds.
    :param confidence: of each case's verdict, one-sided each way.
    :param tolerance: share of a limit that does not matter.
    :param inconclusive: what becomes of a case that is not decided: ``fail``, ``skip`` or ``pass``.
    :param engine: where load is generated, ``processes`` or ``inprocess``.
    :param workers: how many processes share the load of a run, at most.
    :param require: cases that must be measured for the session to be green: ALL, or so many; None is any number.
    :param sequential: a window ends as soon as the objectives of its case are decided.
    :param plan: nothing is run; what would be is told.
    :param baseline: name, session's folder or file of what runs are held against; None is nothing.
    :param despite: groups of conditions that may differ from the baseline's.
    :param telemetry_s: how often servers, accelerators and hosts are sampled, in seconds; None is never.
    :param dcgm_url: page of a DCGM exporter; None where none was named.
    :param resume: folder of the session that goes on; None begins a new one.
    :param load_from: command of a Python on the host that generates load; empty is this one.
    :param store_text: how much of answers is kept: ``none``, ``hash`` or ``full``.
    :param junit: what the file of ``--junitxml`` holds: ``full``, or what the schema of ``jenkins`` knows.
    """

    output: Path
    duration_s: float
    confidence: float
    tolerance: float
    inconclusive: str
    engine: str
    workers: int
    require: int | None
    sequential: bool = True
    plan: bool = False
    baseline: str | None = None
    despite: frozenset[str] = frozenset()
    telemetry_s: float | None = 1.0
    dcgm_url: str | None = None
    resume: Path | None = None
    load_from: tuple[str, ...] = ()
    store_text: str = "hash"
    junit: str = "full"
    copy_to: str | None = None
    sla: Path | None = None


def add_options(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("fmbench", "benchmarks of foundation-model serving")
    add = group.addoption
    add(
        "--fmbench-output",
        metavar="DIR|URL",
        default=_OUTPUT,
        help="where sessions are written (fmbench-out); to a URL, as s3://bucket/runs, they are copied as cases end",
    )
    add("--fmbench-duration", metavar="T", default="40s", help="length of each measuring window, at most, as 30s (40s)")
    add("--fmbench-sla", metavar="FILE.toml", help="what cases promise, instead of what their markers say")
    add("--fmbench-confidence", metavar="P", default="0.95", help="of each case's verdict, one-sided (0.95)")
    add("--fmbench-tolerance", metavar="P", default="5%", help="share of a limit that does not matter (5%%)")
    add(
        "--fmbench-sampling",
        choices=("sequential", "fixed"),
        default="sequential",
        help="whether a window ends as soon as its case is decided, or lasts its whole length (sequential)",
    )
    add(
        "--fmbench-inconclusive",
        choices=("fail", "skip", "pass"),
        default="fail",
        help="what becomes of a case that the data do not decide (fail)",
    )
    add_target_options(group)
    add(
        "--fmbench-engine",
        choices=("inprocess", "processes"),
        default="processes",
        help="where load is generated: in processes of its own, or in this one, for debuggers (processes)",
    )
    add(
        "--fmbench-load-from",
        metavar="COMMAND",
        help="generate load on another host: a command that leads to a Python there, as 'ssh host python3'",
    )
    add("--fmbench-workers", metavar="N", default="1", help="processes that share the load of a run (1)")
    add(
        "--fmbench-baseline",
        metavar="NAME|DIR|FILE",
        help="hold each case against this stored baseline: a name, a session's folder, or a saved file",
    )
    add(
        "--fmbench-baseline-despite",
        metavar="WHAT,...",
        help=f"conditions that may differ from the baseline's: some of {', '.join(GROUPS)}",
    )
    add("--fmbench-telemetry", metavar="T|off", default="1s", help="how often server, GPUs and host are sampled (1s)")
    add("--fmbench-dcgm-url", metavar="URL", help="page of a DCGM exporter, such as http://gpu-host:9400/metrics")
    add(
        "--fmbench-store-text",
        choices=("none", "hash", "full"),
        default="hash",
        help="how much is kept of answers that are marked: nothing, their SHA-256, or all (hash)",
    )
    add(
        "--fmbench-junit",
        choices=("full", "jenkins"),
        default="full",
        help="figures in --junitxml: as properties and output, or so that Jenkins' xUnit schema takes it (full)",
    )
    add("--fmbench-require", metavar="all|N", help="fail unless all cases, or N of them, were measured: none skipped")
    add("--fmbench-plan", action="store_true", help="run nothing; tell the requests, minutes and dollars of what would")
    add("--fmbench-resume", metavar="SESSION", help="go on with a session that broke off: run what has no result yet")
    add_money_options(group)


def read_settings(config: pytest.Config) -> Settings:
    """The options as given.

    :raises UsageError: naming the option and what it takes.
    """
    option = config.getoption
    given = option("--fmbench-output")
    output = Path(config.invocation_params.dir, _OUTPUT if is_url(given) else given)
    return Settings(
        output=output,
        copy_to=given if is_url(given) else None,
        sla=config.invocation_params.dir / option("--fmbench-sla") if option("--fmbench-sla") else None,
        duration_s=_duration(option("--fmbench-duration")),
        confidence=_share("--fmbench-confidence", option("--fmbench-confidence"), above=0.5),
        tolerance=_share("--fmbench-tolerance", option("--fmbench-tolerance"), above=-1.0),
        inconclusive=option("--fmbench-inconclusive"),
        engine=option("--fmbench-engine"),
        workers=_workers(option("--fmbench-workers"), option("--fmbench-engine")),
        require=_required(option("--fmbench-require")),
        sequential=option("--fmbench-sampling") == "sequential",
        plan=_plan(option),
        baseline=option("--fmbench-baseline"),
        despite=_despite(option("--fmbench-baseline-despite"), option("--fmbench-baseline")),
        telemetry_s=_telemetry(option("--fmbench-telemetry")),
        dcgm_url=_dcgm(option("--fmbench-dcgm-url")),
        resume=_resumed(option("--fmbench-resume"), output),
        store_text=option("--fmbench-store-text"),
        junit=option("--fmbench-junit"),
        load_from=_load_from(option("--fmbench-load-from"), option("--fmbench-engine")),
        **vars(read_reach(option)),
        **vars(read_money(config)),
    )


def recorded_options(config: pytest.Config) -> dict[str, object]:
    """The options as given, for the session's records; of headers only the names."""
    given = {name: value for name, value in vars(config.option).items() if name.startswith("fmbench_")}
    return {**given, "fmbench_header": [pair.partition(":")[0] for pair in given["fmbench_header"]]}


def _duration(text: str) -> float:
    seconds = seconds_in(text)
    if seconds is None:
        raise UsageError(f"--fmbench-duration {text!r}: give a length of time, as 30s, 2min or 500ms")
    return seconds


def _telemetry(text: str) -> float | None:
    seconds = seconds_in(text)
    if text != "off" and (seconds is None or seconds < _LEAST_PERIOD_S):
        raise UsageError(f"--fmbench-telemetry {text!r}: give a length of time from 100ms, as 1s, or off")
    return None if text == "off" else seconds


def _dcgm(url: str | None) -> str | None:
    if url is not None:
        see_that_it_is_a_page("--fmbench-dcgm-url", url, "http://gpu-host:9400/metrics")
    return url


def _share(option: str, text: str, above: float) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%)?", text)
    share = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not above < share < 1 or share < 0:
        wanted = "0.95 or 95%, above 0.5" if above > 0 else "0.05 or 5%"
        raise UsageError(f"{option} {text!r}: give a share below 1, as {wanted}")
    return share


def _workers(text: str, engine: str) -> int:
    workers = count("--fmbench-workers", text)
    if engine == "inprocess" and workers > 1:
        raise UsageError(
            f"--fmbench-workers {workers}: the engine inprocess has one; --fmbench-engine processes has more"
        )
    return workers


def _load_from(text: str | None, engine: str) -> tuple[str, ...]:
    if text is None:
        return ()
    if engine == "inprocess":
        raise UsageError("--fmbench-load-from and --fmbench-engine inprocess: load is generated in one place")
    try:
        command = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"--fmbench-load-from {text!r}: {error}") from None
    if not command or shutil.which(command[0]) is None:
        raise UsageError(f"--fmbench-load-from {text!r}: give a command that is here, as 'ssh host python3'")
    return command


def _plan(option: Callable[[str], Any]) -> bool:
    plan = bool(option("--fmbench-plan"))
    if plan and option("--fmbench-require") is not None:
        raise UsageError("--fmbench-plan measures nothing, so that --fmbench-require cannot be met; give one of them")
    return plan


def _required(text: str | None) -> int | None:
    if text is None:
        return None
    return ALL if text == "all" else count("--fmbench-require", text)


def _resumed(name: str | None, output: Path) -> Path | None:
    if name is None:
        return None
    folder = output / name
    if not (folder / "session.json").is_file():
        known = sorted(path.parent.name for path in output.glob("*/session.json"))
        raise UnknownName(f"session in {output}", name, known)
    return folder


def _despite(text: str | None, baseline: str | None) -> frozenset[str]:
    if text is not None and baseline is None:
        raise UsageError(
            "--fmbench-baseline-despite says what may differ from a baseline: name one, --fmbench-baseline"
        )
    return allowed(text or "")
