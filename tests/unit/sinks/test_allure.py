from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import allure_commons
import pytest

from pytest_fmbench import errors
from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.observer import Stage
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.summary import Summary, summarise
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.sinks import allure
from pytest_fmbench.sla import parse
from tests.support.records import measured, record, run_of


class Heard:
    """What Allure was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []
        self.ended_by: list[object] = []
        self.attached: list[tuple[str, str, str, int]] = []
        self.parameters: list[tuple[str, str, bool]] = []
        self._titles: dict[str, str] = {}

    @allure_commons.hookimpl
    def start_step(self, uuid: str, title: str) -> None:
        self._titles[uuid] = title
        self.steps.append(("begin", title))

    @allure_commons.hookimpl
    def stop_step(self, uuid: str, exc_val: object) -> None:
        self.steps.append(("end", self._titles.pop(uuid)))
        self.ended_by.append(exc_val)

    @allure_commons.hookimpl
    def attach_data(self, body: str, name: str, attachment_type: Any) -> None:
        self.attached.append((name, attachment_type.extension, body, len(self._titles)))

    @allure_commons.hookimpl
    def add_parameter(self, name: str, value: object, excluded: bool) -> None:
        self.parameters.append((name, repr(value), excluded))


class Full:
    @allure_commons.hookimpl
    def attach_data(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.fixture
def heard() -> Iterator[Heard]:
    listener = Heard()
    allure_commons.plugin_manager.register(listener)
    yield listener
    allure_commons.plugin_manager.unregister(listener)


@pytest.fixture
def full_disk() -> Iterator[None]:
    listener = Full()
    allure_commons.plugin_manager.register(listener)
    yield
    allure_commons.plugin_manager.unregister(listener)


def judged(*objectives: str) -> tuple[Run, Summary]:
    window = Window(1_000_000_000, 3_000_000_000)
    run = run_of(measured(record((1_100, 2_100)), record((2_100, 5_100)), window=window))
    run.verdicts = judge_run(run, [parse(text, METRICS) for text in objectives], Strictness())
    return run, summarise(run, {})


def test_a_stage_is_a_step_that_ends_where_the_next_begins(heard: Heard) -> None:
    steps = allure.AllureSteps()
    steps.enter(Stage.WARM_UP)
    steps.enter(Stage.MEASURE)
    steps.leave()
    steps.leave()
    assert heard.steps == [("begin", "warm up"), ("end", "warm up"), ("begin", "measure"), ("end", "measure")]
    assert heard.ended_by == [None, None]


def test_a_step_that_an_error_ended_says_so(heard: Heard) -> None:
    steps, error = allure.AllureSteps(), errors.LaunchError("it died")
    steps.enter(Stage.MEASURE)
    steps.leave(error)
    assert heard.ended_by == [error]


def test_the_steps_of_a_second_run_are_numbered_until_the_next_case(heard: Heard) -> None:
    steps = allure.AllureSteps()
    for stage in (Stage.PROVISION, Stage.MEASURE, Stage.PROVISION, Stage.MEASURE, Stage.JUDGE):
        steps.enter(stage)
    steps.restart()
    steps.enter(Stage.PROVISION)
    begun = [title for what, title in heard.steps if what == "begin"]
    assert begun == ["provision", "measure", "provision #2", "measure #2", "judge", "provision"]


def test_a_parameter_is_shown_as_it_is_and_may_leave_the_history_alone(heard: Heard) -> None:
    allure.parameter("load", "closed:4")
    allure.parameter("sla", "ttft.p95 < 1s", identifies=False)
    assert heard.parameters == [("load", "closed:4", False), ("sla", "ttft.p95 < 1s", True)]


def test_a_run_is_shown_as_verdicts_plot_table_and_data(heard: Heard) -> None:
    run, summary = judged("ttft.mean < 1us")
    summary["warnings"] = ["short of a core"]
    allure.attach_run(run, summary)
    verdicts, plot, page, data, certificate = heard.attached
    assert verdicts[:2] == ("Verdicts", "txt")
    assert verdicts[2].startswith("INCONCLUSIVE  ttft.mean < 1us  1.5 us [")
    assert verdicts[2].endswith("\nshort of a core")
    assert plot[:2] == ("Latencies", "svg")
    assert "ttft.mean &lt; 1us: inconclusive" in plot[2]
    assert page[:2] == ("Figures", "html")
    assert '<td class="inconclusive">1.5 us' in page[2]
    assert data[:2] == ("Figures (CSV, SI units)", "csv")
    assert "\nttft.mean,1.5e-06," in data[2]
    assert certificate[:2] == ("Certificate", "txt")
    assert "stamp_p99_ns " in certificate[2]


def test_without_an_sla_there_are_no_verdicts_to_show(heard: Heard) -> None:
    allure.attach_run(*judged())
    assert [name for name, *_ in heard.attached] == ["Latencies", "Figures", "Figures (CSV, SI units)", "Certificate"]


def test_what_a_baseline_says_is_attached(heard: Heard) -> None:
    run, summary = judged()
    found = {
        "name": "main",
        "lacking": "it lacks this case",
        "doubt": "",
        **dict.fromkeys(("differences", "despite"), ()),
    }
    allure.attach_run(run, summary | {"baseline": {**found, "notes": (), "statistics": ()}})
    name, extension, body, _ = heard.attached[0]
    assert (name, extension) == ("Baseline", "txt")
    assert body == f"{summary['name']} against main:\nnot compared: it lacks this case"


def test_one_of_several_runs_has_a_step_of_its_own(heard: Heard) -> None:
    allure.attach_run(*judged(), step="busy")
    assert heard.steps == [("begin", "busy"), ("end", "busy")]
    assert {depth for *_, depth in heard.attached} == {1}


def test_of_a_log_the_end_is_shown(heard: Heard, tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(b"\xff\n" + b"".join(b"line %d\n" % at for at in range(1000)))
    allure.attach_log("Server log", log)
    [(name, extension, body, _)] = heard.attached
    assert (name, extension) == ("Server log (last 200 lines)", "txt")
    assert body.splitlines() == [f"line {at}" for at in range(800, 1000)]


@pytest.mark.parametrize("content", [None, ""], ids=["missing", "empty"])
def test_of_a_server_that_wrote_nothing_nothing_is_shown(heard: Heard, tmp_path: Path, content: str | None) -> None:
    log = tmp_path / "server.log"
    if content is not None:
        log.write_text(content)
    allure.attach_log("Server log", log)
    assert heard.attached == []


@pytest.mark.usefixtures("full_disk")
def test_what_cannot_be_attached_is_an_error() -> None:
    with pytest.raises(errors.StoreError, match=r"'Latencies' to Allure's results: .*No space left"):
        allure.attach_run(*judged())
