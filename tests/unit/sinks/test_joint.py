from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.sinks import markdown
from pytest_fmbench.sinks.joint import COLUMNS, NOTE, against, lines, tables
from tests.unit.sinks.test_side_by_side import LLAMA, OTHER, VLLM, run


def figure(low: float | None, value: float, high: float | None, unit: str = "1") -> dict[str, Any]:
    return {"low": low, "value": value, "high": high, "n": 72, "unit": unit}


def asked(deployment: str, score: float, delta: tuple[float, float, float] | None = None, **more: Any) -> Any:
    """A quality; ``length`` is the difference of output tokens."""
    length: tuple[float, float, float] = more.pop("length", (-0.1, 0.0, 0.1))
    figures = {name: figure(0.0, 0.0, 0.05) for name in ("wrong", "abstained", "unparsable", "failed")}
    figures["score"] = figure(score - 0.1, score, score + 0.1)
    if delta is not None:
        figures |= {"score.delta": figure(*delta, "difference"), "length.delta": figure(*length, "difference")}
    told = {"name": "test_q", "case": "a::test_q", "task": "basics", "items": 72, "failed": 0, "errors": {}}
    told |= {"deployment": deployment, "baseline": VLLM if delta else None, "figures": figures}
    return {**told, "verdicts": [], "outcome": "-", "records": {"answers": "answers/x"}, **more}


RUNS = [run(LLAMA, output_token_rate=(90, 100, 110)), run(VLLM, output_token_rate=(85, 95, 105))]
RUNS[0] |= {"usd": 0.003, "window_s": 30.0}
for one, ends in zip(RUNS, ((0.1, 0.2, 0.3), (0.5, 0.6, 0.7)), strict=True):
    one["figures"]["ttft.p90"] = figure(*ends, "s")


def test_a_row_is_a_deployment_with_speed_cost_and_quality() -> None:
    (joint,) = tables(RUNS, [asked(VLLM, 0.4), asked(LLAMA, 0.3, (-0.2, -0.1, 0.05))])
    assert joint.title == "basics, 72 items; speeds of test_chat[closed:4]"
    first, second = joint.rows
    assert (first.deployment, first.cells) == (VLLM, ("95 (~1.05x)", "600 ms (3x)", "-", "40% [30%, 50%]", "-", "-"))
    assert second.cells == ("100 (best)", "200 ms (best)", "1", "30% [20%, 40%]", "-10 pp [-20 pp, 5 pp] (tie)", "-")
    assert joint.notes == [NOTE]


def test_what_a_stack_is_faster_by_may_be_what_it_does_not_say() -> None:
    (joint,) = tables(RUNS, [asked(VLLM, 0.4), asked(LLAMA, 0.3, (-0.2, -0.1, -0.05), length=(-0.4, -0.3, -0.2))])
    assert joint.notes[1:] == [
        f"{LLAMA} says less than its baseline, -30 pp [-40 pp, -20 pp] output tokens: part of what it is faster by may "
        "be that"
    ]


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(-0.2, -0.1, "worse"), (0.1, 0.2, "better"), (-0.1, 0.0, "tie"), (0.0, 0.0, "tie"), (None, None, "tie")],
)
def test_what_an_interval_does_not_tell_apart_is_a_tie(low: float | None, high: float | None, word: str) -> None:
    assert against(figure(low, 0.0, high)) == word


def test_one_deployment_alone_has_no_table_and_two_tasks_have_two() -> None:
    assert tables(RUNS, [asked(LLAMA, 0.3), asked(VLLM, 0.4, task="other")]) == []
    both = [asked(name, 0.3, task=task) for task in ("one", "other") for name in (LLAMA, VLLM)]
    assert [one.task for one in tables(RUNS, both)] == ["one", "other"]


def test_without_a_run_there_is_quality_alone_and_without_its_own_a_deployment_has_no_speed() -> None:
    (joint,) = tables([], [asked(VLLM, 0.4), asked(OTHER, 0.3)])
    assert (joint.title, joint.rows[0].cells[:3]) == ("basics, 72 items", ("-", "-", "-"))
    (joint,) = tables(RUNS, [asked(VLLM, 0.4), asked(OTHER, 0.3)])
    assert [row.cells[0] for row in joint.rows] == ["95 (best)", "-"]


def test_the_worst_verdict_counts_and_of_two_answers_those_with_a_baseline() -> None:
    missed = {"objective": "ttft.p90 < 1s", "outcome": "fail", "reason": "late", **figure(0.1, 0.2, 0.3, "s")}
    late = [{**RUNS[0], "verdicts": [missed]}, RUNS[1]]
    held, alone = asked(LLAMA, 0.3, (-0.2, -0.1, 0.05), outcome="pass"), asked(LLAMA, 0.2)
    (joint,) = tables(late, [held, alone, asked(VLLM, 0.4, outcome="pass")])
    assert [row.outcome for row in joint.rows] == ["fail", "pass"]
    assert joint.rows[0].delta is not None


def test_terminal_and_markdown_show_it() -> None:
    found = [asked(VLLM, 0.4), asked(LLAMA, 0.3, (-0.2, -0.1, 0.05))]
    title, head, first, *rest = lines(RUNS, found)
    assert title.startswith("basics, 72 items; speeds of ")
    assert head.split("  ")[0] == COLUMNS[0]
    assert first.startswith(VLLM)
    assert rest[-1] == NOTE
    page = markdown.render(RUNS, {}, qualities=found)
    assert "### Speed and quality" in page
    assert f"| `{LLAMA}` | 100 (best) | 200 ms (best) | 1 | 30% [20%, 40%] | -10 pp [-20 pp, 5 pp] (tie) | - |" in page
