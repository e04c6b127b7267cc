"""Answers of a megabyte: each scorer says what it would of a short one, and none hangs."""

from __future__ import annotations

import json

import pytest

from pytest_fmbench.quality import subsequence
from pytest_fmbench.quality.abstention import abstains
from pytest_fmbench.quality.base import WantedCall
from pytest_fmbench.quality.judges.verdict import Lost, read
from pytest_fmbench.quality.scorers import SCORERS
from tests.support.answers import item, said, value

MEGABYTE = 10**6
STORY = "the cat sat on a mat " * (MEGABYTE // 21)
SENTENCES = " ".join(f"w{nth}." for nth in range(130_000))
SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def f1_of(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall)


def test_words_in_common() -> None:
    cats = MEGABYTE // 21
    assert value("f1", STORY, "the cat") == pytest.approx(f1_of(1 / (4 * cats), 1.0))
    assert value("rouge_l_whole", STORY, "the cat ran") == pytest.approx(f1_of(2 / (6 * cats), 2 / 3))
    assert value("rouge_l", STORY, "the mat") == pytest.approx(f1_of(2 / 6, 1.0), abs=1e-8)
    assert value("rouge_l", SENTENCES, "w5 and w7. w9") == pytest.approx(f1_of(3 / 130_000, 3 / 4), abs=1e-8)
    assert value("exact_match", STORY, STORY.upper()) == 1.0
    assert value("exact_match", STORY, "the cat") == 0.0


def test_a_long_truth_and_a_long_answer() -> None:
    truth = " ".join(f"w{nth % 97}" for nth in range(600))
    assert value("rouge_l", truth + " x" * (MEGABYTE // 2), truth) == pytest.approx(f1_of(97 / 98, 1.0), abs=1e-8)
    assert value("rouge_l", f"{truth} " * (MEGABYTE // len(truth)), truth) == pytest.approx(1.0, abs=1e-8)


@pytest.mark.lasting
def test_words_of_chinese() -> None:
    pytest.importorskip("jieba", reason="needs pytest-fmbench[quality]")
    answer = "天气很好" * (MEGABYTE // 12)
    assert 0.0 < value("f1_zh", answer, "天气 很好") < 0.01
    assert 0.0 < value("rouge_l_zh", answer, "天气 很好") <= 1.0


def test_lines_of_code() -> None:
    assert value("code_similarity", "x" * MEGABYTE, "return x") == 0.0
    assert value("code_similarity", "return x\n" + STORY, "return x") == 1.0
    assert value("code_similarity", "# x\n" * (MEGABYTE // 4), "return x") == 0.0


@pytest.mark.parametrize(
    ("scorer", "answer", "right", "expected"),
    [
        ("numeric", "1,000 " * (MEGABYTE // 6) + "42", "42", 1.0),
        ("numeric", "9" * MEGABYTE, "42", 0.0),
        ("numeric", "1,111" + ",111" * (MEGABYTE // 4), "42", 0.0),
        ("count", "7 " * (MEGABYTE // 2), "7", 1.0),
        ("retrieval", "7" * MEGABYTE, "Paragraph 7", 0.0),
        ("choice", "The correct answer is " * (MEGABYTE // 22) + "(B)", "B", 1.0),
        ("choice", "*" * MEGABYTE, "B", 0.0),
        ("pattern", STORY, r"\bdog\b", 0.0),
    ],
    ids=["thousands", "digits", "commas", "count", "retrieval", "choice", "stars", "pattern"],
)
def test_numbers_letters_and_patterns(scorer: str, answer: str, right: str, expected: float) -> None:
    assert value(scorer, answer, right) == expected


def test_classes() -> None:
    assert value("classification", STORY, "cat", classes=("cat", "dog")) == 1.0


@pytest.mark.parametrize(
    ("answer", "expected", "parsed"),
    [
        (json.dumps({"age": 3, "of": "y" * MEGABYTE}), 1.0, True),
        ("```json\n" + " " * MEGABYTE, 0.0, False),
        ("```" + "\n" * MEGABYTE + "x", 0.0, False),
        ("```\n" + "\n" * MEGABYTE + '{"age": 3}' + " " * MEGABYTE + "```", 1.0, True),
        (" " * MEGABYTE + '{"age": 3}', 1.0, True),
        ("[" * MEGABYTE, 0.0, False),
        ("`" * MEGABYTE, 0.0, False),
    ],
    ids=["text", "blanks", "lines", "fence", "before", "deep", "marks"],
)
def test_json(answer: str, expected: float, parsed: bool) -> None:
    pytest.importorskip("jsonschema", reason="needs pytest-fmbench[quality]")
    mark = SCORERS["json_schema"](said(answer), item(schema=SCHEMA))
    assert (mark.value, mark.parsed) == (expected, parsed)


def test_tool_calls() -> None:
    wanted = item(calls=(WantedCall("f", {"a": ("x",)}),))
    assert SCORERS["tool_calls"](said("", ("f", json.dumps({"a": "x." * (MEGABYTE // 2)}))), wanted).value == 0.0
    assert SCORERS["tool_calls"](said("", ("f", json.dumps({"a": "x" + "." * MEGABYTE}))), wanted).value == 1.0
    assert not SCORERS["tool_calls"](said("", ("f", "[" * MEGABYTE)), wanted).parsed


@pytest.mark.parametrize("text", ["!" * MEGABYTE, "我不知道" * (MEGABYTE // 12), "Sorry" + " " * MEGABYTE])
def test_a_long_text_is_an_answer(text: str) -> None:
    assert not abstains(text)


@pytest.mark.parametrize("text", ["a" + " " * MEGABYTE + "b", "verdict " * (MEGABYTE // 8) + "x" * 90, "'" * MEGABYTE])
def test_what_a_judge_says_at_length(text: str) -> None:
    assert read(text, {"5": "5"}).lost in {Lost.PROSE, Lost.LOOPED, Lost.NO_GRADE}


def test_the_longest_common_subsequence_of_a_few_and_of_many_words() -> None:
    few, many = ["a", "b", "c"], ["x", "c", "a", "a", "b"] * 100_000
    assert subsequence.length(few, many) == 3
    assert subsequence.words(few, many) == ["c", "b", "a"]
    assert subsequence.length([], many) == subsequence.length(few, []) == 0
    assert subsequence.words([], few) == subsequence.words(few, []) == []
