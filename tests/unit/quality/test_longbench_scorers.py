"""Scores of LongBench's own metrics, computed by hand from the formulas of its ``metrics.py``."""

from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.quality import words
from pytest_fmbench.quality.by_text import ByText
from pytest_fmbench.quality.scorers import SCORERS
from tests.support.answers import item, said, value


@pytest.mark.parametrize(
    ("text", "right", "expected"),
    [
        ("The quick, brown fox!", "quick brown fox", 1.0),  # articles and punctuation are none
        ("a cat sat", "the cat ran home", 2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3)),
        ("no no no", "no", 2 * (1 / 3) * 1.0 / (1 / 3 + 1.0)),  # words count as often as they stand there
        ("Paris", "London", 0.0),
        ("", "London", 0.0),
        ("the", "a", 0.0),  # nothing is left of either
    ],
)
def test_f1_of_words(text: str, right: str, expected: float) -> None:
    assert value("f1", text, right) == pytest.approx(expected, abs=1e-15)


def test_the_best_of_several_right_ones_counts() -> None:
    assert value("f1", "in Oslo", "Bergen", "Oslo") == pytest.approx(2 / 3)
    assert value("exact_match", "Oslo.", "Bergen", "oslo") == 1.0


@pytest.mark.parametrize(
    ("text", "right", "expected"),
    [
        # published: S1 to S4 of C.-Y. Lin, ROUGE: A Package for Automatic Evaluation of Summaries (2004), section 3.1
        ("police kill the gunman", "police killed the gunman", 3 / 4),
        ("the gunman kill police", "police killed the gunman", 2 / 4),
        ("the gunman police killed", "police killed the gunman", 2 / 4),
        ("a b c d", "a c", 2 * (2 / 4) * 1.0 / (2 / 4 + 1.0)),
        # sentences are compared each with each, and words count once: U = {a, b}, of {x, a, b} and {a, b}
        ("x a. b b", "a. b", 2 * (2 / 3) * 1.0 / (2 / 3 + 1.0)),
        ("...", "a", 0.0),
        ("", "a", 0.0),
    ],
)
def test_rouge_l(text: str, right: str, expected: float) -> None:
    assert value("rouge_l", text, right) == pytest.approx(expected, abs=1e-8)


def test_a_full_agreement_is_a_little_less_than_1() -> None:
    assert value("rouge_l", "a b", "a b") == 2.0 * (1.0 / (2.0 + 1e-8)) < 1.0


@pytest.mark.parametrize(
    ("text", "right", "expected"),
    [
        ("It is a Food question.", "Food", 1.0),
        ("Food or City", "Food", 1 / 2),
        ("City", "Food", 0.0),
        ("nothing of that", "Food", 0.0),
        ("Other location", "Other location", 1.0),  # "location" is part of the right one's name
        ("City, Food, Other location", "Other location", 1 / 3),
    ],
)
def test_classification(text: str, right: str, expected: float) -> None:
    classes = ("City", "Food", "location", "Other location")
    assert value("classification", text, right, classes=classes) == pytest.approx(expected)


def test_classification_looks_past_the_class_behind_one_that_it_takes_out() -> None:
    # of A, AB and ABC, all named, A is taken out, so AB is not looked at, and stays
    assert value("classification", "ABC", "ABC", classes=("A", "AB", "ABC")) == 1 / 2


@pytest.mark.parametrize(
    ("scorer", "text", "right", "expected"),
    [
        ("retrieval", "Paragraph 7", "Paragraph 7", 1.0),
        ("retrieval", "7 or 17, I say 7", "Paragraph 7", 2 / 3),
        ("retrieval", "none", "Paragraph 7", 0.0),
        ("retrieval_zh", "段落12", "段落12", 1.0),
        ("count", "There are 4 of 5.", "4", 1 / 2),
        ("count", "04", "4", 0.0),  # as they are written
    ],
)
def test_numbers(scorer: str, text: str, right: str, expected: float) -> None:
    assert value(scorer, text, right) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "right", "expected"),
    [
        ("return x + 1", "return x + 1", 1.0),
        ("\n# a comment\n```python\nreturn x\n```", "return x", 1.0),
        ("abcd", "bcde", 0.75),  # 2 * 3 / 8
        ("abc", "abd", 0.67),  # rounded to hundredths
        ("", "x", 0.0),
        ("# only a comment", "x", 0.0),
    ],
)
def test_code_similarity(text: str, right: str, expected: float) -> None:
    assert value("code_similarity", text, right) == expected


def test_the_first_line_alone_where_few_shot_answers_go_on() -> None:
    scorer = SCORERS["f1"]
    assert isinstance(scorer, ByText)
    first = ByText("f1", scorer.compare, first_line=True)
    assert first(said("\n\nOslo\nQuestion: and Norway?"), item(answers=("Oslo",))).value == 1.0
    assert repr(first) != repr(scorer)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The correct answer is (B).", "B"),
        ("**The correct answer is C**, not (D)", "C"),
        ("The correct answer is A, no: The correct answer is (D)", "D"),
    ],
)
def test_choices_are_read_as_version_2_reads_them(text: str, letter: str) -> None:
    assert value("choice", text, letter) == 1.0
    assert value("choice", text, "E") == 0.0


@pytest.mark.parametrize("text", ["B", "The answer is (B)", "the correct answer is B", ""])
def test_a_choice_in_other_words_cannot_be_read(text: str) -> None:
    mark = SCORERS["choice"](said(text), item(answers=("B",)))
    assert (mark.value, mark.parsed) == (0.0, False)


def test_chinese_words_are_cut_by_jieba() -> None:
    pytest.importorskip("jieba", reason="needs pytest-fmbench[quality]")
    # 我 来到 北京 | 清华大学, of which 3 of 4 are the same
    assert value("f1_zh", "我来到北京清华大学。", "我来到北京") == pytest.approx(2 * (3 / 4) / (3 / 4 + 1.0))
    assert value("rouge_l_zh", "我来到北京清华大学", "我来到北京") == pytest.approx(
        2 * (3 / 4) / (3 / 4 + 1.0), abs=1e-8
    )
    assert value("f1_zh", "，。！", "我") == 0.0  # noqa: RUF001  # Chinese punctuation


def test_without_jieba_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    words.jieba.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "jieba", None)
    with pytest.raises(UsageError, match=r"pytest-fmbench\[quality\]"):
        value("f1_zh", "我", "我")
    words.jieba.cache_clear()
