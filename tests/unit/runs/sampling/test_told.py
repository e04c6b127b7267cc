from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.objective import Outcome
from pytest_fmbench.model.sampled import Cost, Telemetry
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.sampling.needs import unmeasured
from pytest_fmbench.runs.sampling.told import told
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Looked, Strictness
from pytest_fmbench.sla import parse
from pytest_fmbench.stats.looks import Look
from tests.support.records import measured, record, run_of
from tests.support.telemetry import NS, At, telemetry

WINDOW = Window(0, 40 * NS)
STEADY = telemetry(
    *(At(s, "gpu.power", 300.0 + s % 2, "0") for s in range(-1, 42)),
    *(At(s, "gpu.energy", 300.0 * s, "0") for s in range(-1, 42)),
    costs={"nvml": Cost("gpu", 42, 1, 84_000_000, 86_000_000, "busy")},
    absent={"neuron": "it is not there"},
)


def run(found: Telemetry | None = STEADY) -> Run:
    one = record(tuple(s * NS for s in range(1, 5)), sent_ns=0, stamp="kernel")
    return run_of(replace(measured(one, window=WINDOW), telemetry=found))


def verdicts(text: str, measured_: Run) -> list[tuple[Outcome, str]]:
    objectives = [parse(text, METRICS)]
    measured_.invalid = list(unmeasured(measured_, objectives))
    return [(one.outcome, one.reason) for one in judge_run(measured_, objectives, Strictness())]


def test_a_summary_tells_mean_and_largest_of_the_window() -> None:
    found = told(run())
    assert found["figures"]["gpu.power"] == {"mean": 300.5, "max": 301.0, "n": 40, "unit": "W"}
    assert found["figures"]["gpu.energy"] == {
        "mean": pytest.approx(300.0),
        "max": pytest.approx(300.0),
        "n": 40,
        "unit": "W",
    }
    energy = found["figures"]["energy_per_1k_tokens"]
    assert (energy["mean"], energy["max"], energy["unit"]) == (pytest.approx(3_000_000.0), None, "J")
    assert set(found["figures"]) == {"gpu.power", "gpu.energy", "energy_per_1k_tokens"}
    assert found["costs"]["nvml"]["cpu_s_each"] == pytest.approx(84e-3 / 43)
    assert (found["absent"], found["ttft"]) == ({"neuron": "it is not there"}, None)
    json.dumps(found, allow_nan=False)


def test_without_telemetry_a_summary_says_nothing_of_it() -> None:
    assert told(run(None)) == {}
    assert "telemetry" not in summarise(run(None), {})


def test_an_attribute_has_a_dot_as_its_name_has() -> None:
    assert run().gpu.power.mean == 300.5
    assert float(run().gpu.power.max) == 301.0
    assert "power" in dir(run().gpu)
    assert "gpu" in dir(run())
    with pytest.raises(AttributeError, match=r"^unknown metric 'gpu\.powr', did you mean 'gpu\.power'"):
        run().gpu.powr  # noqa: B018
    assert run().telemetry is STEADY.rows


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("gpu.power.mean < 310W", Outcome.PASS, "300 W [300 W, 301 W], n=40: all of it keeps < 310 W"),
        ("gpu.power.mean < 0.2kW", Outcome.FAIL, "300 W [300 W, 301 W], n=40: all of it misses < 200 W"),
        ("gpu.power.max <= 301W", Outcome.PASS, "largest of n=40 is 301 W, limit <= 301 W"),
        ("gpu.power.max < 301W", Outcome.FAIL, "largest of n=40 is 301 W, limit < 301 W"),
    ],
)
def test_objectives_on_it_are_judged_like_any_other(text: str, outcome: Outcome, reason: str) -> None:
    assert verdicts(text, run()) == [(outcome, reason)]


def test_an_interval_that_straddles_asks_for_a_longer_window_and_not_for_requests() -> None:
    restless = telemetry(*(At(s, "gpu.power", 100.0 + 400 * (s * s % 7 > 3)) for s in range(40)))
    ((outcome, reason),) = verdicts("gpu.power.mean < 250W", run(restless))
    assert outcome is Outcome.INCONCLUSIVE
    assert reason.endswith("straddles 250 W; a longer window would decide")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, "no sample of gpu.power for the window, since nothing was sampled"),
        (telemetry(At(99, "gpu.power", 1)), "no sample of gpu.power for the window"),
        (
            telemetry(costs={"nvml": Cost("gpu", 0, 40, 1, 1, "GPU is lost")}, absent={"dcgm": "none"}),
            "no sample of gpu.power for the window; nvml failed 40 of 40 times, at last: GPU is lost; dcgm: none",
        ),
    ],
)
def test_what_nobody_sampled_is_not_measured_and_never_a_pass(found: Telemetry | None, why: str) -> None:
    measured_ = run(found)
    assert list(unmeasured(measured_, [parse("gpu.power.mean < 1kW", METRICS)])) == [
        f"gpu.power.mean < 1kW: not measured: {why}"
    ]
    assert verdicts("gpu.power.mean < 1kW", measured_) == [(Outcome.INVALID, "not measured")]
    assert verdicts("gpu.power.max < 1kW", run(found)) == [(Outcome.INVALID, "not measured")]


def test_where_another_objective_ended_the_window_it_is_not_judged() -> None:
    """A look sees requests alone: what was sampled until then is not yet all there."""
    slow = [record((2 * NS,), sent_ns=0, stamp="kernel") for _ in range(40)]
    ended = run_of(replace(measured(*slow, window=WINDOW), telemetry=STEADY))
    ended.looked, ended.decided = (Looked(Look(40, 0.5), WINDOW.end_ns),), True
    objectives = [parse(text, METRICS) for text in ("ttft.mean < 1s", "gpu.power.mean < 310W", "gpu.power.max < 1kW")]
    assert list(unmeasured(ended, objectives)) == []
    found = judge_run(ended, objectives, Strictness())
    assert [one.outcome for one in found] == [Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS]
    assert found[1].reason == "not judged: another objective had ended the window early"


def often_failing(samples: int, gaps: int) -> Telemetry:
    values = (At(s, "gpu.power", 300.0, "0") for s in range(samples))
    return telemetry(*values, costs={"nvml": Cost("gpu", samples, gaps, 1, 1, "busy"), "host": Cost("host", 1, 99)})


def test_what_mostly_failed_is_not_measured_though_it_told_something() -> None:
    """A server that is too busy to tell how many wait may have the most of them waiting."""
    objective = parse("gpu.power.max < 1kW", METRICS)
    assert list(unmeasured(run(often_failing(20, 20)), [objective])) == []
    assert list(unmeasured(run(often_failing(20, 21)), [objective])) == [
        "gpu.power.max < 1kW: not measured: nvml failed 21 of 41 times, at last: busy"
    ]


def test_a_gap_is_a_warning() -> None:
    assert summarise(run(), {})["warnings"] == ["a case: the source nvml failed 1 of 43 times, at last: busy"]
