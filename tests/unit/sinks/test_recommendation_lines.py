"""What a recommendation reads like in a terminal."""

from __future__ import annotations

import re

import pytest

from pytest_fmbench.sinks.fleets import fleet_lines
from pytest_fmbench.sinks.recommendation import lines
from tests.support.recommended import figure, fleet, recommendation

BEST = "smollm2-135m-q4_1+llamacpp+local"
WIDE = ["deployment", "replicas", "USD/h", "used at peak", "USD / 1M output tokens", "one holds", "ttft.p95"]
SHORT = ["replicas", "USD/h", "used", "USD / 1M out", "one holds", "ttft.p95", "basics: score", "chance"]


def cells(line: str) -> list[str]:
    return re.split(r"  +", line.strip())


def test_all_is_told_where_there_is_room() -> None:
    titles, best, tie, dear = fleet_lines(recommendation())
    assert cells(titles) == [*WIDE, "basics: score", "chance"]
    assert cells(best) == [
        ">*",
        BEST,
        "4",
        "4.8",
        "70%",
        "0.42 [0.38, 0.45]",
        "4 req/s",
        "310 ms",
        "61% [49%, 72%]",
        "90%",
    ]
    assert (cells(tie)[0], cells(dear)[0]) == ("=", "smollm2-135m-bf16+sglang+local")
    assert cells(dear)[-2:] == ["-", "0%"]
    assert fleet_lines(recommendation(), 500) == fleet_lines(recommendation())


def test_what_is_narrow_loses_intervals_first() -> None:
    titles, best, *_ = fleet_lines(recommendation(), 120)
    assert cells(titles) == ["deployment", *SHORT]
    assert cells(best) == [">*", BEST, "4", "4.8", "70%", "0.42", "4 req/s", "310 ms", "61%", "90%"]


def test_then_names_stand_above_their_figures_and_columns_go() -> None:
    titles, name, best, *others = fleet_lines(recommendation(), 105)
    assert cells(titles) == [*WIDE[1:], "basics: score", "chance"]
    assert name == f">*  {BEST}"
    assert best.startswith("    4         4.8    70% ")
    assert others[::2] == ["=   smollm2-135m-bf16+vllm_cpu+local", "    smollm2-135m-bf16+sglang+local"]
    assert cells(fleet_lines(recommendation(), 90)[0]) == SHORT
    assert cells(fleet_lines(recommendation(), 75)[0]) == [title for title in SHORT if title != "one holds"]
    assert cells(fleet_lines(recommendation(), 40)[0]) == ["replicas", "USD/h", "used", "chance"]
    assert cells(fleet_lines(recommendation(), 5)[0]) == ["replicas", "USD/h", "chance"]


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    told = [*lines(recommendation(), width)]
    assert max(map(len, told)) <= width
    assert told[0].startswith(f"4 x {BEST}, 1 of them to spare:")
    # beside the table the words are those of a terminal without end
    wide, narrow = (" ".join(" ".join(each).split()) for each in (lines(recommendation()), told))
    assert wide[wide.index("price: ") :] == narrow[narrow.index("price: ") :]


def test_who_lost_says_why_and_who_would_not_do_what_would_help() -> None:
    told = [*lines(recommendation())]
    assert "  not smollm2-135m-bf16+sglang+local: 6 USD/h dearer (+125%)" in told
    assert "  not m+tgi+local: nobody knows what it costs; what would help: --price m+tgi+local=USD" in told
    assert "  warning: the price is 400 days old" in told


def test_where_nothing_would_do_each_says_why_in_a_line_of_its_own() -> None:
    told = [*lines(recommendation(answer="No ...", recommended=None, runners_up=[]))]
    assert told[:2] == [
        "No deployment would do:",
        "  m+tgi+local: nobody knows what it costs; what would help: --price m+tgi+local=USD",
    ]


def test_of_agents_rates_are_of_tasks_and_a_task_has_its_cost() -> None:
    cost = {"cost_per_task": figure(0.002, 0.0018, 0.0022, "USD")}
    told = recommendation(unit="tasks/s", recommended=fleet("a", 1, 3.6, cost=cost, quality=None), runners_up=[])
    titles, best = map(cells, fleet_lines(told))
    assert titles[4:6] == ["USD a task", "one holds"]
    assert best[5:7] == ["0.002 [0.0018, 0.0022]", "4 tasks/s"]
    assert "  USD a task, at that capacity: 0.002 [0.0018, 0.0022]" in [*lines(told)]


@pytest.mark.parametrize(
    ("fewer", "said"),
    [
        ({"lost": 1, "holds": 12.0, "peak_is_held": True}, "with 1 lost, the others hold 12 req/s: they still hold"),
        ({"lost": 1, "holds": 3.0, "peak_is_held": False}, "with 1 lost, the others hold 3 req/s: they do not hold"),
        ({"lost": 1, "holds": 0.0, "peak_is_held": False}, "with 1 lost, none is left: the peak is not held"),
    ],
)
def test_what_is_left_when_replicas_are_lost(fewer: dict[str, object], said: str) -> None:
    told = recommendation(recommended=fleet("a", 2, 3.6, with_fewer=fewer), runners_up=[])
    assert any(line.startswith(f"  {said}") for line in lines(told))
