from __future__ import annotations

from typing import Any

from pytest_fmbench.sinks.junit import properties
from pytest_fmbench.sinks.markdown import render
from pytest_fmbench.sinks.telemetry import CLOCKS, listed

TOLD: dict[str, Any] = {
    "figures": {
        "gpu.power": {"mean": 512.25, "max": 700.0, "n": 40, "unit": "W"},
        "gpu.memory": {"mean": 2.5e9, "max": 3e9, "n": 40, "unit": "B"},
        "energy_per_1k_tokens": {"mean": 19.96, "max": None, "n": 20, "unit": "J"},
    },
    "costs": {
        "nvml": {"samples": 41, "gaps": 1, "fault": "a | b", "cpu_s_each": 0.0012, "wall_s_each": 0.002},
        "host": {"samples": 42, "gaps": 0, "fault": "", "cpu_s_each": 0.0002, "wall_s_each": 0.0002},
        "dcgm": {"samples": 0, "gaps": 0, "fault": ""},
    },
    "absent": {"neuron": "there is none"},
    "ttft": {
        "n": 122,
        "theirs_n": 121,
        "mean_s": 0.171,
        "theirs_mean_s": 0.166,
        "distance": 0.033,
        "at_s": 0.25,
        "seconds": 41.0,
    },
}
SUMMARY: dict[str, Any] = {
    "name": "test_chat",
    "case": "test_chat",
    "requests": 122,
    "figures": {
        name: {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1, "unit": "s"}
        for name in ("ttft.p50", "ttft.p95", "tpot.mean", "itl.p95", "e2e.p95")
    }
    | {
        name: {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1, "unit": unit}
        for name, unit in (("output_token_rate", "tok/s"), ("request_rate", "req/s"), ("error_rate", "1"))
    },
    "verdicts": [],
    "deployment": "d",
    "workload": "w",
    "load": "l",
    "telemetry": TOLD,
}
SAID = (
    "ttft over 41 s: mean 171 ms (n=122), by the server's histogram 166 ms (n=121), 5 ms apart; "
    f"the distributions at most 3.3% apart, at 250 ms ({CLOCKS})"
)


def test_a_run_is_a_table_and_what_there_is_to_say_of_it() -> None:
    assert listed([SUMMARY, {"name": "another"}]) == [
        "test_chat, sampled:",
        "  figure                  mean    max  samples",
        "  gpu.power              512 W  700 W       40",
        "  gpu.memory            2.5 GB   3 GB       40",
        "  energy_per_1k_tokens    20 J              20",
        f"  {SAID}",
        "  sampled nvml 41 times, for 1.2 ms of a core each, 1 gaps, the last: a | b",
        "  sampled host 42 times, for 200 us of a core each",
        "  left out neuron: there is none",
    ]


def test_in_markdown_it_is_folded_away() -> None:
    text = render([SUMMARY], {})
    shown, _, folded = text.partition("<details>\n<summary>Telemetry</summary>\n")
    assert "gpu.power" not in shown
    assert "| `gpu.power` | 512 W | 700 W | 40 |" in folded
    assert "| `energy_per_1k_tokens` | 20 J |  | 20 |" in folded
    assert f"- `{SAID}`" in folded
    assert folded.rstrip().endswith("</details>")


def test_in_junit_it_is_properties() -> None:
    found = dict(properties([SUMMARY]))
    assert (found["gpu.power.mean"], found["gpu.power.max"]) == ("512.25", "700.0")
    assert (found["energy_per_1k_tokens.mean"], found["energy_per_1k_tokens.max"]) == ("19.96", "")
