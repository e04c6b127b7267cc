"""What the warm-up before a window was too short for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.load.arrivals import closed, steps
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.runs.cap import TokenCap
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.measure import TABLE, Measuring, Question, measure
from pytest_fmbench.runs.observer import Observer
from pytest_fmbench.runs.report import recompute
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.runs.verdicts import settling
from pytest_fmbench.runs.verdicts.certify import problems
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.runs.verdicts.settling import latencies_of, settled
from pytest_fmbench.runs.verdicts.steadiness import signs
from pytest_fmbench.sla import parse
from pytest_fmbench.stats.warmup import Cut
from pytest_fmbench.store.session import write_json
from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.workloads.chat import chat
from tests.support.mock_server import chat_reply, serving
from tests.unit.runs.test_measure import Somebodys
from tests.unit.runs.verdicts.test_steadiness import noise, run

SLOW, ALL = 40, 200


def slow_at_first() -> Figures:
    latencies = noise(ALL)
    latencies[:SLOW] *= 3.0
    return run(latencies).figures


def test_a_slow_begin_is_left_out_and_the_window_begins_after_it() -> None:
    whole = slow_at_first()
    found, why = settled(whole)
    assert why.startswith(f"warm-up: the first {SLOW} of {ALL} samples")
    inside = found.measurement.window_requests
    assert inside.num_rows == ALL - SLOW
    assert found.measurement.window.begin_ns == inside["begun_ns"][0].as_py()
    assert found.measurement.window.end_ns == whole.measurement.window.end_ns
    assert found.measurement.requests.num_rows == ALL
    assert latencies_of(found)[0] == pytest.approx(latencies_of(whole)[0][SLOW:])


@pytest.mark.parametrize("latencies", [noise(ALL), noise(20), noise(0), np.linspace(1.0, 3.0, ALL) * noise(ALL)])
def test_where_none_is_found_nothing_is_left_out(latencies: Floats) -> None:
    whole = run(latencies).figures
    assert settled(whole) == (whole, "")


@pytest.mark.parametrize(
    ("sla", "requests"), [("ttft.p50 < 10s", 1_500), ("ttft.p99.99 < 10s", 200)], ids=["decided", "not decided"]
)
def test_a_run_says_what_it_left_out_and_its_records_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sla: str, requests: int
) -> None:
    # where a real one is seen to begin depends on how busy this machine is
    monkeypatch.setattr(settling, "warm_up", lambda _: Cut(SLOW, believable=True, why=f"the first {SLOW}"))
    folder, said = tmp_path / "case", list[str]()

    class Listening(Observer):
        def say(self, text: str) -> None:
            said.append(text)

    with serving(lambda _: chat_reply(tokens=2)) as server:
        how = Measuring(DIALECTS, METRICS, 0.95, Listening(), TokenCap(None))
        objectives, limits = (parse(sla, METRICS),), Limits(0.0, 30.0, requests=requests)
        question = Question("a run", chat(2), closed(2), limits, objectives, strictness=Strictness(), settle=True)
        where = Somebodys(Endpoint(f"{server.url}/v1", "m", "openai-chat"))
        found = measure(question, where, folder, how, input_tokens=9)
    assert said == [f"a run: the first {SLOW}; it is left out"]
    assert next(signs(found)) == said[0]
    begins = {found.window.begin_ns, found.figures.measurement.window_requests["begun_ns"][0].as_py()}
    assert len(begins | {one.begin_ns for one in found.looked}) == 1
    # where the decoder is late, there may be no look at all
    assert found.decided <= bool(found.looked) <= (requests > 200)
    found.invalid = list(problems(found, objectives))  # a busy machine may well make it so
    found.verdicts = judge_run(found, objectives, Strictness())
    subject = {"sla": [sla], "open_loop": False, "confidence": 0.95, "tolerance": 0.05, "judged_runs": 1}
    write_json(folder / "case.json", summarise(found, subject))
    assert recompute(folder, METRICS) == summarise(found, subject)
    assert read_measurement(folder / TABLE).window == found.window


def test_of_a_shape_nothing_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "warm_up", lambda _: Cut(SLOW, believable=True, why=f"the first {SLOW}"))
    with serving(lambda _: chat_reply(tokens=2)) as server:
        how = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(None))
        question = Question("a run", chat(2), steps([60, 120], each=0.5), Limits(0.0, 1.0), settle=True)
        where = Somebodys(Endpoint(f"{server.url}/v1", "m", "openai-chat"))
        found = measure(question, where, tmp_path / "case", how, input_tokens=9)
    assert (found.cut, list(signs(found))) == ("", [])
    assert found.window.seconds == pytest.approx(1.0)
