"""ROUGE-L, as the package ``rouge`` computes it (https://github.com/pltrdy/rouge), which LongBench uses.

Texts are cut into sentences at full stops, and sentences into words at blanks, as they are written. U is the set of
words of the longest common subsequences of each sentence of the truth with each of the answer; precision and recall
are |U| over how many different words answer and truth have, and the score is 2 p r / (p + r + 1e-8). A text without a
sentence scores 0, as LongBench catches the error. That package gives up, and LongBench scores 0, where a pair of
sentences has about a thousand words: here it is computed.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from pytest_fmbench.quality.by_text import ByText
from pytest_fmbench.quality.words import jieba, segments

_EPSILON = 1e-8


def rouge_l(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as comparisons take
    """Of texts whose words stand between blanks."""
    answer, truth = _sentences(said), _sentences(right)
    if not answer or not truth:
        return 0.0
    common = {word for one in truth for other in answer for word in _common(one, other)}
    precision, recall = len(common) / _different(answer), len(common) / _different(truth)
    return 2.0 * (precision * recall / (precision + recall + _EPSILON))


def rouge_l_zh(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as comparisons take
    """Of Chinese ones, between whose words blanks are put first.

    :raises UsageError: where jieba is not installed.
    """
    return rouge_l(" ".join(segments(said)), " ".join(segments(right)))


def _sentences(text: str) -> list[list[str]]:
    """Words of each; one of blanks only holds an empty word."""
    return [" ".join(one.split()).split(" ") for one in text.split(".") if one]


def _different(sentences: Sequence[Sequence[str]]) -> int:
    return len({word for sentence in sentences for word in sentence})


def _common(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Words of a longest common subsequence; of several such, the one that is found from the end, ``second`` first."""
    table = _lengths(first, second)
    found, nth, other = list[str](), len(first), len(second)
    while nth and other:
        if first[nth - 1] == second[other - 1]:
            found.append(first[nth - 1])
            nth, other = nth - 1, other - 1
        elif table[nth - 1][other] > table[nth][other - 1]:
            nth -= 1
        else:
            other -= 1
    return found


def _lengths(first: Sequence[str], second: Sequence[str]) -> list[array[int]]:
    """Of the longest common subsequence of each pair of beginnings."""
    table = [array("i", bytes(4 * (len(second) + 1)))]
    for word in first:
        above, row = table[-1], array("i", (0,))
        for nth, other in enumerate(second):
            row.append(above[nth] + 1 if word == other else max(above[nth + 1], row[nth]))
        table.append(row)
    return table


SCORERS = {"rouge_l": ByText("rouge_l", rouge_l), "rouge_l_zh": ByText("rouge_l_zh", rouge_l_zh, demands=jieba)}
