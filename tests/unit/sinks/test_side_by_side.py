from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.sinks import markdown
from pytest_fmbench.sinks.side_by_side import NOTES, lines, notes, short, tables

LLAMA, VLLM, OTHER = "m-q4_1+llamacpp+local", "m-bf16+vllm_cpu,threads=1+local", "m-bf16+transformers+local"
FIGURES = (
    *("ttft.p50", "ttft.p95", "tpot.mean", "itl.p95", "e2e.p95"),
    *("output_token_rate", "request_rate", "error_rate"),
)
UNITS = {"output_token_rate": "tok/s", "request_rate": "req/s", "error_rate": "1"}


def run(
    deployment: str, name: str = "test_chat[{}-closed:4]", load: str = "closed:4", **figures: Any
) -> dict[str, Any]:
    """``ttft_p50=(low, value, high)``; what is not given is not known."""
    given = {key.replace("_p", ".p").replace("_mean", ".mean"): value for key, value in figures.items()}
    told = {key: {"value": None, "low": None, "high": None, "unit": UNITS.get(key, "s")} for key in FIGURES}
    for key, (low, value, high) in given.items():
        told[key] |= {"low": low, "value": value, "high": high}
    called = name.format(deployment)
    return {
        "name": called,
        "case": f"benchmarks/test_a.py::{called}",
        "deployment": deployment,
        "load": load,
        "requests": 40,
        "figures": told,
        "verdicts": [],
    }


def cells(*summaries: dict[str, Any], title: str = "TTFT p50") -> tuple[str, ...]:
    (table,) = (one for one in tables(summaries) if one.title == title)
    (row,) = table.rows
    return row


def test_a_row_is_a_case_and_a_column_a_deployment_each_against_the_best() -> None:
    found = tables(
        [
            run(LLAMA, ttft_p50=(0.15, 0.2, 0.25), output_token_rate=(90, 100, 110)),
            run(VLLM, ttft_p50=(0.35, 0.4, 0.45), output_token_rate=(190, 200, 210)),
            run(OTHER, ttft_p50=(0.24, 0.3, 0.35), output_token_rate=(180, 195, 200)),
        ]
    )
    columns = ("m-q4_1+llamacpp", "m-bf16+vllm_cpu", "m-bf16+transformers")
    assert [(one.title, one.columns) for one in found] == [("TTFT p50", columns), ("tokens/s", columns)]
    assert found[0].rows == (("test_chat[closed:4]", "200 ms (best)", "400 ms (2x)", "300 ms (~1.5x)"),)
    assert found[1].rows == (("test_chat[closed:4]", "100 (2x)", "200 (best)", "195 (~1.03x)"),)


def test_what_was_measured_on_one_deployment_only_has_no_table() -> None:
    alone = [run(LLAMA, ttft_p50=(0.1, 0.2, 0.3)), run(LLAMA, "test_other[{}]", ttft_p50=(0.1, 0.2, 0.3))]
    assert (tables(alone), notes(alone), [*lines(alone)]) == ([], [], [])


def test_what_a_deployment_was_not_measured_under_is_left_open() -> None:
    both = [run(one, ttft_p50=(0.1, 0.2, 0.3)) for one in (LLAMA, VLLM)]
    more = [run(one, "test_more[{}]", ttft_p50=(0.1, 0.2, 0.3)) for one in (VLLM, OTHER)]
    (table,) = tables([*both, *more])
    assert [row[0] for row in table.rows] == ["test_chat[closed:4]", "test_more"]
    assert (table.rows[0][3], table.rows[1][1]) == ("-", "-")


def test_one_that_failed_or_is_invalid_is_never_the_best() -> None:
    fast, slow = (0.01, 0.01, 0.01), (0.2, 0.2, 0.2)
    failed = run(LLAMA, ttft_p50=fast, error_rate=(0.4, 0.5, 0.6))
    assert cells(failed, run(VLLM, ttft_p50=slow))[1:] == ("10 ms (0.05x, 50% failed)", "200 ms (best)")
    invalid = run(LLAMA, ttft_p50=fast) | {"invalid": ["too slow"]}
    assert cells(invalid, run(VLLM, ttft_p50=slow))[1:] == ("10 ms (0.05x, invalid)", "200 ms (best)")
    assert cells(failed, run(VLLM, ttft_p50=slow) | {"invalid": ["x"]})[1:] == (
        "10 ms (50% failed)",
        "200 ms (invalid)",
    )


def test_an_end_that_is_not_bounded_reaches_everything() -> None:
    assert cells(run(LLAMA, ttft_p50=(0.1, 0.2, None)), run(VLLM, ttft_p50=(0.8, 0.9, 1.0)))[2] == "900 ms (~4.5x)"


def test_energy_is_shown_where_it_was_sampled() -> None:
    told = {"figures": {"energy_per_1k_tokens": {"mean": 20.0, "max": None, "n": 5, "unit": "J"}}}
    more = {"figures": {"energy_per_1k_tokens": {"mean": 30.0, "max": None, "n": 5, "unit": "J"}}}
    row = cells(run(LLAMA) | {"telemetry": told}, run(VLLM) | {"telemetry": more}, title="energy / 1k tokens")
    assert row[1:] == ("20 J (best)", "30 J (~1.5x)"), "it has no interval here"


def test_loads_that_differ_are_told() -> None:
    loads = [run(LLAMA, load="poisson:1", ttft_p50=(1, 1, 1)), run(VLLM, load="poisson:2", ttft_p50=(1, 1, 1))]
    assert notes(loads) == [NOTES[0], "Each at a load of its own: test_chat[closed:4]"]


@pytest.mark.parametrize(
    ("deployments", "shown"),
    [
        ((LLAMA, OTHER), ["m-q4_1+llamacpp", "m-bf16+transformers"]),
        (("m+vllm+local", "m+sglang+local"), ["vllm", "sglang"]),
        (("m+vllm,a=1+local", "m+vllm,a=2+local"), ["vllm,a=1", "vllm,a=2"]),
        (("m+vllm+ec2_a", "m+vllm+ec2_b"), ["ec2_a", "ec2_b"]),
        (("a", "b"), ["a", "b"]),
    ],
)
def test_a_column_says_what_sets_it_apart(deployments: tuple[str, ...], shown: list[str]) -> None:
    assert short(deployments) == shown


def test_cases_of_one_name_in_two_files_are_two_rows() -> None:
    here = [run(one, ttft_p50=(1, 1, 1)) for one in (LLAMA, VLLM)]
    there = [one | {"case": one["case"].replace("test_a", "test_b")} for one in here]
    (table,) = tables([*here, *there])
    assert [row[0] for row in table.rows] == [
        "benchmarks/test_a.py::test_chat[closed:4]: test_chat[closed:4]",
        "benchmarks/test_b.py::test_chat[closed:4]: test_chat[closed:4]",
    ]


def test_the_terminal_and_markdown_show_the_same() -> None:
    both = [run(LLAMA, ttft_p50=(0.15, 0.2, 0.25)), run(VLLM, ttft_p50=(0.35, 0.4, 0.45))]
    assert [*lines(both)] == [
        "TTFT p50             m-q4_1+llamacpp  m-bf16+vllm_cpu",
        "test_chat[closed:4]    200 ms (best)      400 ms (2x)",
        "",
        NOTES[0],
    ]
    text = markdown.render(both, {})
    section = text.partition("### Side by side\n\n")[2].splitlines()
    assert section[:3] == [
        "| TTFT p50 | `m-q4_1+llamacpp` | `m-bf16+vllm_cpu` |",
        "| :--- | ---: | ---: |",
        "| `test_chat[closed:4]` | 200 ms (best) | 400 ms (2x) |",
    ]
