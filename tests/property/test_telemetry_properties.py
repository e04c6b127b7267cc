"""Whatever a source sends is a reading or a fault of ours, and nothing else."""

from __future__ import annotations

import json
import math

from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.telemetry import GPU, NEURON, SERVER
from pytest_fmbench.telemetry.base import Reading
from pytest_fmbench.telemetry.dcgm import told
from pytest_fmbench.telemetry.exposition import page_of, readings
from pytest_fmbench.telemetry.neuron import readings_of
from tests.support.telemetry import DCGM, LLAMACPP, VLLM
from tests.support.telemetry import NEURON as REPORT

NAMES = {word: f"x_{word}" for word in SERVER}
NUMBER = st.one_of(st.floats(), st.integers(-(2**70), 2**70)).map(str)
LABEL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=8)
LINES = st.one_of(
    st.builds(lambda name, value: f"x_{name} {value}", st.sampled_from([*SERVER, "ttft_sum", "ttft_count"]), NUMBER),
    st.builds(lambda le, value: f'x_ttft_bucket{{le="{le}"}} {value}', st.one_of(LABEL, NUMBER), NUMBER),
    st.builds(lambda name, kind: f"# TYPE x_{name} {kind}", st.sampled_from([*SERVER]), LABEL),
    st.builds(
        lambda name, label, value: f'{name}{{a="{label}"}} {value}', st.sampled_from(["x_running"]), LABEL, NUMBER
    ),
    st.text(max_size=30),
)
PAGES = st.lists(LINES, max_size=12).map("\n".join)
CUT = st.builds(lambda page, at: page[: int(at * len(page))], st.sampled_from([VLLM, LLAMACPP, DCGM]), st.floats(0, 1))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("neuron_runtime_data", "report", "neuroncore_counters", "neuroncores_in_use", "memory_used"),
                    *("neuroncore_utilization", "neuron_runtime_used_bytes", "neuron_device", "pid", "0"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def sound(found: list[Reading], words: set[str]) -> None:
    for one in found:
        assert one.name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") in words
        assert not math.isnan(one.value)
        assert one.bound is None or not math.isnan(one.bound)


@given(st.one_of(PAGES, CUT, st.text(), st.binary().map(lambda raw: raw.decode("utf-8", "replace"))))
@example("x_running{")
@example('x_running{a="b} 1')
@example("# TYPE")
@example("# HELP x")
def test_any_page_is_read_or_refused(text: str) -> None:
    try:
        page = page_of(text)
    except TelemetryFault:
        return
    found = list(readings(page, NAMES, SERVER))
    sound(found, {*SERVER})
    keys = [(one.name, one.device, one.bound) for one in found]
    assert len(keys) == len(set(keys)), "those of one sample and name differ by device or bound"
    sound(list(told(page)), {*GPU})


@given(st.one_of(st.text(), JSON.map(json.dumps), st.floats(0, 1).map(lambda at: REPORT[: int(at * len(REPORT))])))
def test_any_report_of_neuron_is_read_or_refused(text: str) -> None:
    try:
        found = list(readings_of(text))
    except TelemetryFault:
        return
    sound(found, {*NEURON})


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=6))
def test_what_several_models_say_is_added_up_in_any_order(values: list[float]) -> None:
    lines = [f'x_running{{model="{nth}"}} {value!r}' for nth, value in enumerate(values)]
    for page in (lines, lines[::-1]):
        assert list(readings(page_of("\n".join(page)), NAMES, SERVER)) == [Reading("running", math.fsum(values))]
