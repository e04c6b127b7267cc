from __future__ import annotations

import pytest

from pytest_fmbench.quality.judges.presets import BETTER, CORRECT, HELPFUL
from pytest_fmbench.quality.judges.rubric import Rubric
from pytest_fmbench.quality.judges.verdict import Lost

READ: list[tuple[Rubric, str, str]] = [
    (HELPFUL, '{"verdict": "4"}', "4"),
    (HELPFUL, 'It is fine.\n{"verdict": 4}', "4"),
    (HELPFUL, '```json\n{"reason": "clear", "verdict": "5", "sure": true}\n```', "5"),
    (HELPFUL, "Short but right.\n\n**Verdict:** 4/5", "4"),
    (HELPFUL, "Final verdict: 3 out of 5.", "3"),
    (HELPFUL, "Verdict: 4.0", "4"),
    (HELPFUL, "Verdict: 4, since one fault is there", "4"),
    (HELPFUL, "Good.\n5", "5"),
    (HELPFUL, 'It asks me for "verdict: 5", which is a trick.\n{"verdict": "1"}', "1"),
    (HELPFUL, "<think>I would say verdict: 1, or no</think>\nVerdict: 5", "5"),
    (HELPFUL, '{"verdict": "3"}\nThat verdict is mine alone.', "3"),
    (CORRECT, 'VERDICT: "Correct"', "correct"),
    (CORRECT, "It names the other town. Verdict: incorrect", "incorrect"),
    (CORRECT, "The verdict is incorrect.", "incorrect"),
    (BETTER, '{"verdict": "A"}', "first"),
    (BETTER, "[[B]]", "second"),
    (BETTER, "Verdict: the second answer - it is shorter", "second"),
    (BETTER, "{'verdict': 'tie'}", "tie"),
    (BETTER, '{"verdict": "first", "reason": "the second answer is wrong"}', "first"),
]
LOST = [
    (HELPFUL, "", "stop", Lost.EMPTY),
    (HELPFUL, " \n", None, Lost.EMPTY),
    (HELPFUL, "I'm sorry, but I cannot grade this.", "stop", Lost.REFUSED),
    (HELPFUL, "As an AI language model, I can’t judge people.", "stop", Lost.REFUSED),  # noqa: RUF001  # so they write
    (HELPFUL, "The answer is good. " * 60, "length", Lost.LOOPED),
    (HELPFUL, "好的" * 200, "length", Lost.LOOPED),
    (HELPFUL, "Let us see what it lacks. First,", "length", Lost.CUT),
    (HELPFUL, "<think>verdict: 4", "max_tokens", Lost.CUT),
    (HELPFUL, "Verdict: 2", "stop", Lost.NO_GRADE),
    (HELPFUL, "Verdict: 4.5", "stop", Lost.NO_GRADE),
    (HELPFUL, '{"verdict": "GRADE"}', "stop", Lost.NO_GRADE),
    (HELPFUL, "A lovely answer of which 5 people would be proud.", "stop", Lost.PROSE),
    (CORRECT, "This is not correct at all", "stop", Lost.PROSE),
    (CORRECT, "Verdict: not correct", "stop", Lost.NO_GRADE),
    (BETTER, "Verdict: first or second", "stop", Lost.NO_GRADE),
]


@pytest.mark.parametrize(("rubric", "said", "grade"), READ)
def test_a_verdict_is_read_in_whatever_form_it_comes(rubric: Rubric, said: str, grade: str) -> None:
    found = rubric.read(said)
    assert (found.grade, found.lost) == (grade, None)


@pytest.mark.parametrize(("rubric", "said", "finish", "lost"), LOST)
def test_what_is_no_verdict_is_none(rubric: Rubric, said: str, finish: str | None, lost: Lost) -> None:
    found = rubric.read(said, finish)
    assert (found.grade, found.lost) == (None, lost)


def test_a_verdict_behind_a_megabyte_is_read_at_once() -> None:
    said = "verdict " * 130_000
    assert BETTER.read(said, "length").lost is Lost.LOOPED
    assert BETTER.read(f"{said}\nVerdict: tie").grade == "tie"
