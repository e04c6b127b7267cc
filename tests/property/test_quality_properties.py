"""Scorers against the packages and definitions that they are of, on any texts."""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fmbench.quality.classification import classification
from pytest_fmbench.quality.f1 import f1
from pytest_fmbench.quality.rouge_l import rouge_l
from pytest_fmbench.quality.rouge_l_whole import rouge_l_whole
from pytest_fmbench.quality.scorers import SCORERS
from pytest_fmbench.stats.bounded import bounded_mean
from tests.support.answers import item, said

WORDS = st.sampled_from(
    ["the", "a", "an", "cat", "Cat", "cat.", "sat", "on", "mat", "theory", "it's", ".", ",", "\n", ""]
)
texts = st.lists(WORDS, max_size=14).map(" ".join) | st.text(alphabet="ab. A\nthe,", max_size=30)


@given(texts, texts)
@settings(max_examples=2_000, deadline=None)
def test_rouge_l_is_that_of_the_package(answer: str, truth: str) -> None:
    rouge = pytest.importorskip("rouge", reason="the package that LongBench scores with")
    try:
        expected = rouge.Rouge(metrics=["rouge-l"]).get_scores([answer], [truth], avg=True)["rouge-l"]["f"]
    except ValueError:  # which LongBench scores 0
        expected = 0.0
    assert rouge_l(answer, truth) == expected


@given(texts, texts)
@settings(max_examples=2_000, deadline=None)
def test_rouge_l_of_whole_texts_is_that_of_googles_package(answer: str, truth: str) -> None:
    scorer = pytest.importorskip("rouge_score.rouge_scorer", reason="Google's package rouge-score")
    expected = scorer.RougeScorer(["rougeL"]).score(truth, answer)["rougeL"].fmeasure
    assert rouge_l_whole(answer, truth) == expected


def squad(text: str) -> list[str]:
    """As SQuAD's script says it, step by step: lower case, no punctuation, no articles, blanks made one."""
    without = "".join(one for one in text.lower() if one not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", without).split()


@given(texts, texts)
@settings(max_examples=2_000, deadline=None)
def test_f1_is_its_definition(answer: str, truth: str) -> None:
    one, other = squad(answer), squad(truth)
    same = sum((Counter(one) & Counter(other)).values())
    expected = 0.0 if same == 0 else 2 * (same / len(one)) * (same / len(other)) / (same / len(one) + same / len(other))
    assert f1(answer, truth) == pytest.approx(expected, rel=1e-15)


@given(
    st.text("abc ", max_size=12),
    st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6, unique=True),
    st.data(),
)
@settings(max_examples=2_000, deadline=None)
def test_classification_is_what_going_through_a_list_while_taking_out_of_it_gives(
    answer: str, classes: list[str], data: st.DataObject
) -> None:
    truth = data.draw(st.sampled_from(classes))
    named = [one for one in classes if one in answer]
    for one in named:
        if one in truth and one != truth:
            named.remove(one)  # as the published code does
    assert classification(answer, truth, tuple(classes)) == (1.0 / len(named) if truth in named else 0.0)


@given(
    st.sampled_from(
        [name for name in SCORERS if name not in {"f1_zh", "rouge_l_zh", "json_schema", "pattern", "passing"}]
    ),
    st.data(),
)
@settings(deadline=None)
def test_no_answer_breaks_a_scorer(name: str, data: st.DataObject) -> None:
    text: str = data.draw(st.text())
    calls: list[Any] = data.draw(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=8)), max_size=2))
    mark = SCORERS[name](
        said(text, *calls), item(answers=(data.draw(st.text(min_size=1, max_size=5)),), classes=("a", "b"))
    )
    assert 0.0 <= mark.value <= 1.0
    assert mark.parsed or mark.value == 0.0


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40), st.integers(0, 5))
@settings(deadline=None)
def test_an_interval_holds_its_mean_and_widens_by_what_is_not_known(values: list[float], unknowns: int) -> None:
    plain, more = bounded_mean(values), bounded_mean(values, unknowns=unknowns)
    assert 0.0 <= plain.low <= float(plain) + 1e-12
    assert float(plain) - 1e-12 <= plain.high <= 1.0
    assert float(more) == float(plain)
