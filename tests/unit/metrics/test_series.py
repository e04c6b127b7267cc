from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.metrics.base import Kind
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.samples import Rate
from pytest_fmbench.model.telemetry import SAMPLED, VOCABULARY, Series
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.figures import Figures
from tests.support.records import measured, record
from tests.support.telemetry import NS, At, telemetry

WINDOW = Window(10 * NS, 20 * NS)


def seen(*values: At, window: Window = WINDOW, tokens_at: tuple[float, ...] = ()) -> Measurement:
    """What was sampled, beside a request whose tokens arrived then."""
    one = record(tuple(round(at * NS) for at in tokens_at), sent_ns=window.begin_ns)
    return replace(measured(one, window=window), telemetry=telemetry(*values))


def samples(name: str, *values: At, window: Window = WINDOW) -> list[float]:
    found = METRICS[name].compute(seen(*values, window=window))
    assert isinstance(found, np.ndarray)
    return [float(one) for one in found]


@pytest.mark.parametrize("name", SAMPLED)
def test_every_word_is_a_metric(name: str) -> None:
    declared, told = METRICS[name], SAMPLED[name]
    assert (declared.name, declared.kind, declared.needs) == (name, Kind.SERIES, (name,))
    assert declared.unit is told.sampled_unit
    assert (declared.unit is told.unit) == (told.series is Series.GAUGE)


def test_histograms_are_no_metrics() -> None:
    assert {"server.ttft", "server.itl", "server.e2e", "server.queue_time"} & {*METRICS} == set()
    assert len(SAMPLED) == sum(len(words) for words in VOCABULARY.values()) - 4


def test_a_gauge_is_its_values_within_the_window() -> None:
    values = [At(s, "gpu.power", watts) for s, watts in ((9, 1), (10, 2), (15, 3), (19.999, 4), (20, 5))]
    assert samples("gpu.power", *values) == [2.0, 3.0, 4.0]
    assert samples("gpu.power", *reversed(values)) == [2.0, 3.0, 4.0]
    assert samples("server.running", *values) == samples("gpu.memory", *values) == []


def test_devices_are_added_up_at_each_time() -> None:
    at = [At(11, "gpu.power", 100, "0"), At(11, "gpu.power", 50, "1"), At(12, "gpu.power", 80, "0")]
    assert samples("gpu.power", *at, At(12, "gpu.power", 40, "1")) == [150.0, 120.0]


def test_a_sum_that_a_device_is_missing_from_is_left_out() -> None:
    at = [At(11, "gpu.power", 100, "0"), At(11, "gpu.power", 50, "1"), At(12, "gpu.power", 80, "0")]
    assert samples("gpu.power", *at) == [150.0]


def test_shares_of_devices_are_averaged_over_those_that_told() -> None:
    at = [At(11, "gpu.utilization", 1.0, "0"), At(11, "gpu.utilization", 0.5, "1"), At(12, "gpu.utilization", 0.1, "0")]
    assert samples("gpu.utilization", *at) == [0.75, 0.1]


def test_a_counter_is_its_growth_per_second_from_the_last_sample_before_the_window() -> None:
    counts = [(8, 0), (9.5, 10), (10.5, 30), (12.5, 30), (21, 1000)]
    assert samples("server.output_tokens", *(At(s, "server.output_tokens", n) for s, n in counts)) == [20.0, 0.0]


def test_a_counter_that_began_anew_says_nothing_of_that_time() -> None:
    counts = [(10, 100), (11, 110), (12, 5), (13, 6)]
    assert samples("server.preemptions", *(At(s, "server.preemptions", n) for s, n in counts)) == [10.0, 1.0]


def test_one_sample_of_a_counter_is_no_growth() -> None:
    assert samples("server.output_tokens", At(11, "server.output_tokens", 5)) == []


def test_without_telemetry_there_is_nothing() -> None:
    assert len(METRICS["gpu.power"].compute(measured(record((105,))))) == 0  # type: ignore[arg-type]


def test_mean_and_max_are_those_of_the_series() -> None:
    measurement = seen(*(At(10 + s, "server.waiting", s % 3) for s in range(10)))
    found = Figures(measurement, METRICS)
    assert found.estimate("server.waiting", "mean") == pytest.approx(0.9)
    assert found.estimate("server.waiting", "max") == 2.0
    assert (found.estimate("server.waiting", "max").unit, found.estimate("server.waiting", "max").n) == (
        Unit.REQUEST,
        10,
    )


def test_each_round_has_what_was_sampled_in_its_window() -> None:
    windows = (Window(0, 10 * NS), Window(20 * NS, 30 * NS))
    rows = measured(record((105,)), record((105,), round=1)).requests
    told = telemetry(*(At(s, "gpu.power", s) for s in range(30)))
    found = Figures(Measurement(rows, Window(0, 30 * NS), rounds=windows, telemetry=told), METRICS)
    assert found.samples("gpu.power") == pytest.approx([*range(10), *range(20, 30)])
    assert found.estimate("gpu.power", "max") == 29.0


def energy(*values: At, tokens_at: tuple[float, ...] = (11, 12, 13, 14)) -> float:
    return float(Figures(seen(*values, tokens_at=tokens_at), METRICS).estimate("energy_per_1k_tokens"))


def test_energy_is_the_counters_growth_over_the_window() -> None:
    """300 W from second 9 to 21: 3,000 J in the window, for four tokens."""
    assert energy(At(9, "gpu.energy", 1_000), At(21, "gpu.energy", 1_000 + 12 * 300)) == pytest.approx(
        3_000 / 4 * 1_000
    )


def test_energy_of_several_gpus_is_added_up() -> None:
    both = [At(s, "gpu.energy", 100 * s, gpu) for s in (9, 21) for gpu in ("0", "1")]
    assert energy(*both) == pytest.approx(2_000 / 4 * 1_000)


def test_without_the_counter_power_is_integrated() -> None:
    """A ramp from 0 W at second 10 to 1,000 W at second 20."""
    ramp = [At(s, "gpu.power", max(0, 100 * (s - 10))) for s in range(9, 22)]
    assert energy(*ramp) == pytest.approx(5_000 / 4 * 1_000)


def test_the_counter_goes_before_power() -> None:
    counter = [At(9, "gpu.energy", 0), At(21, "gpu.energy", 1_200)]
    assert energy(*counter, *(At(s, "gpu.power", 7) for s in (9, 21))) == pytest.approx(1_000 / 4 * 1_000)


def test_tokens_outside_the_window_do_not_count() -> None:
    counter = [At(9, "gpu.energy", 0), At(21, "gpu.energy", 1_200)]
    assert energy(*counter, tokens_at=(11, 12, 25)) == pytest.approx(1_000 / 2 * 1_000)


@pytest.mark.parametrize("lacking", [(10.5, 21), (9, 19.5), (11, 12)])
def test_without_a_sample_on_each_side_of_the_window_there_is_no_energy(lacking: tuple[float, float]) -> None:
    assert np.isnan(energy(*(At(s, "gpu.energy", s) for s in lacking)))


def test_a_counter_that_began_anew_in_the_window_is_no_energy_but_power_is() -> None:
    counter = [At(9, "gpu.energy", 500), At(15, "gpu.energy", 3), At(21, "gpu.energy", 600)]
    assert np.isnan(energy(*counter))
    assert energy(*counter, At(9, "gpu.power", 100), At(21, "gpu.power", 100)) == pytest.approx(1_000 / 4 * 1_000)


def test_without_a_token_there_is_no_energy_for_one() -> None:
    found = METRICS["energy_per_1k_tokens"].compute(seen(At(9, "gpu.energy", 0), At(21, "gpu.energy", 12)))
    assert isinstance(found, Rate)
    assert found.amounts.sum() == pytest.approx(10.0)
    assert np.isnan(energy(At(9, "gpu.energy", 0), At(21, "gpu.energy", 12), tokens_at=()))
