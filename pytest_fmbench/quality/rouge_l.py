"""ROUGE-L, as the package ``rouge`` computes it (https://github.com/pltrdy/rouge), which LongBench uses.

Texts are cut into sentences at full stops, and sentences into words at blanks, as they are written. U is the set of
words of the longest common subsequences of each sentence of the truth with each of the answer; precision and recall
are |U| over how many different words answer and truth have, and the score is 2 p r / (p + r + 1e-8). A text without a
sentence scores 0, as LongBench catches the error. That package gives up, and LongBench scores 0, where a pair of
sentences has about a thousand words: here it is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_fmbench.quality import subsequence
from pytest_fmbench.quality.by_text import ByText
from pytest_fmbench.quality.words import jieba, segments

_EPSILON = 1e-8


def rouge_l(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as comparisons take
    """Of texts whose words stand between blanks."""
    answer, truth = _sentences(said), _sentences(right)
    if not answer or not truth:
        return 0.0
    common, others = set[str](), {*map(tuple, answer)}
    for one in truth:
        common = _with_common(one, others, common)
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


def _with_common(one: Sequence[str], others: Iterable[tuple[str, ...]], known: set[str]) -> set[str]:
    """``known`` and what ``one`` has in longest common subsequences with the others, until all of it is known.

    Words that stand nowhere in it are left out of the others, most of which are alike then.
    """
    own, found = {*one}, {*known}
    for other in {tuple(word for word in other if word in own) for other in others}:
        if own <= found:
            break
        found.update(subsequence.words(one, other))
    return found


def _different(sentences: Sequence[Sequence[str]]) -> int:
    return len({word for sentence in sentences for word in sentence})


SCORERS = {"rouge_l": ByText("rouge_l", rouge_l), "rouge_l_zh": ByText("rouge_l_zh", rouge_l_zh, demands=jieba)}
