"""Scorers of LongBench against what its published code says, on 2,000 drawn pairs each; others of them are beside."""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher

import pytest

from pytest_fmbench.quality.by_number import share_of_numbers
from pytest_fmbench.quality.choice import chosen
from pytest_fmbench.quality.code_similarity import code_similarity
from pytest_fmbench.quality.exact_match import exact_match
from pytest_fmbench.quality.f1 import f1_zh
from pytest_fmbench.quality.rouge_l import rouge_l_zh
from tests.support.answers import value

PAIRS = 2_000
ENGLISH = ("the", "a", "cat", "Cat", "cat.", "on", "mat", "it's", ".", ",", "1", "12", "\n", "")
CODE = ("x", "= 1", "# no", "`", "//", "\n", "return", "  ", "(x)")
CHINESE = ("\u4eca\u5929", "\u5929\u6c14", "\u5f88", "\u597d", "\u3002", "\uff0c", "\u4e0d", "A", "12", " ")
NUMBERS = ("Paragraph ", "\u6bb5\u843d", "7", "07", "17", " ", "is", ".", "\n", "3")
CHOICES = ("The correct answer is ", "(", ")", "A", "B", "D", "E", "*", " ", "\n", "the correct answer is A")


def drawn(words: tuple[str, ...], most: int = 10) -> Iterator[tuple[str, str]]:
    draw = random.Random(20_261_126)  # noqa: S311  # drawn texts are no secret

    def text() -> str:
        return draw.choice(("", " ")).join(draw.choices(words, k=draw.randrange(most + 1)))

    for _ in range(PAIRS):
        yield text(), text()


def squad(text: str) -> str:
    without = "".join(one for one in text.lower() if one not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without).split())


def test_exact_match_is_its_definition() -> None:
    found = [(exact_match(said, right), float(squad(said) == squad(right))) for said, right in drawn(ENGLISH, 3)]
    assert len(found) == PAIRS
    assert all(one == other for one, other in found)
    assert 20 < sum(one for one, _ in found) < PAIRS - 20


def published_share(said: str, right: str) -> float:
    numbers = re.findall(r"\d+", said)
    return 0.0 if not numbers else sum(str(one) == str(right) for one in numbers) / len(numbers)


@pytest.mark.parametrize(
    ("scorer", "before"), [("count", ""), ("retrieval", "Paragraph "), ("retrieval_zh", "\u6bb5\u843d")]
)
def test_shares_of_numbers_are_their_definition(scorer: str, before: str) -> None:
    some = 0.0
    for said, _ in drawn(NUMBERS):
        expected = published_share(said, "7")
        assert value(scorer, said, f"{before}7") == expected == share_of_numbers(said, "7")
        some += 0.0 < expected < 1.0
    assert some > 100


def published_code(said: str, right: str) -> float:
    prediction = ""
    for line in said.lstrip("\n").split("\n"):
        if "`" not in line and "#" not in line and "//" not in line:
            prediction = line
            break
    if prediction == right:
        return 1.0
    return round(100 * SequenceMatcher(None, prediction, right).ratio()) / 100 if prediction and right else 0.0


def test_likeness_of_code_is_its_definition() -> None:
    found = [(code_similarity(said, right), published_code(said, right)) for said, right in drawn(CODE)]
    assert all(one == other for one, other in found)
    assert sum(0.0 < one < 1.0 for one, _ in found) > 500


def published_choice(said: str) -> str | None:
    said = said.replace("*", "")
    if found := re.search(r"The correct answer is \(([A-D])\)", said):
        return found.group(1)
    found = re.search(r"The correct answer is ([A-D])", said)
    return found.group(1) if found else None


def test_choices_are_read_as_they_are_published() -> None:
    found = [(chosen(said), published_choice(said)) for said, _ in drawn(CHOICES, 14)]
    assert all(one == other for one, other in found)
    assert sum(one is not None for one, _ in found) > 100


def bag_of(cut: Callable[[str], list[str]], text: str) -> list[str]:
    kept = set(string.punctuation + "\uff0c\u3002")
    cleaned = ("".join(one for one in word.lower() if one not in kept) for word in cut(text))
    return [word for word in ("".join(one.split()) for one in cleaned) if word]


def test_f1_of_chinese_words_is_its_definition() -> None:
    jieba = pytest.importorskip("jieba", reason="cuts Chinese words, as LongBench does")
    jieba.setLogLevel("ERROR")
    some = 0
    for said, right in drawn(CHINESE):
        one, other = bag_of(jieba.lcut, said), bag_of(jieba.lcut, right)
        same = sum((Counter(one) & Counter(other)).values())
        expected = (
            0.0 if same == 0 else 2 * (same / len(one)) * (same / len(other)) / (same / len(one) + same / len(other))
        )
        assert f1_zh(said, right) == pytest.approx(expected, rel=1e-15)
        some += 0.0 < expected < 1.0
    assert some > 500


def test_rouge_l_of_chinese_words_is_that_of_the_package() -> None:
    rouge = pytest.importorskip("rouge", reason="the package that LongBench scores with")
    jieba = pytest.importorskip("jieba", reason="cuts Chinese words, as LongBench does")
    package = rouge.Rouge(metrics=["rouge-l"])
    for said, right in drawn(CHINESE):
        one, other = (" ".join(jieba.cut(text, cut_all=False)) for text in (said, right))
        try:
            expected = package.get_scores([one], [other], avg=True)["rouge-l"]["f"]
        except ValueError:  # which LongBench scores 0
            expected = 0.0
        assert rouge_l_zh(said, right) == expected
