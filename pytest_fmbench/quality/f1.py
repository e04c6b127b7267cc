"""F1 of words: 2 p r / (p + r), where p and r are shares of the words of answer and truth that the other has too.

LongBench's ``qa_f1_score`` and ``qa_f1_zh_score``: words count as often as they stand there; without a common one, 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pytest_fmbench.quality.by_text import ByText
from pytest_fmbench.quality.words import chinese_words, jieba, words


def f1(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as comparisons take
    """Of English texts."""
    return overlap(words(said), words(right))


def f1_zh(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as comparisons take
    """Of Chinese ones.

    :raises UsageError: where jieba is not installed.
    """
    return overlap(chinese_words(said), chinese_words(right))


def overlap(said: Sequence[str], right: Sequence[str]) -> float:
    """F1 of two bags of words."""
    same = sum((Counter(said) & Counter(right)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(right)
    return 2.0 * precision * recall / (precision + recall)


SCORERS = {"f1": ByText("f1", f1), "f1_zh": ByText("f1_zh", f1_zh, demands=jieba)}
