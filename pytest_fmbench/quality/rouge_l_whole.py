"""ROUGE-L of whole texts, as Google's package ``rouge-score`` computes it without stemming.

https://github.com/google-research/google-research/tree/master/rouge. Words are runs of ``a-z0-9`` in lower case; with L
words in a longest common subsequence, precision and recall are L over how many answer and truth have, and the score is
2 p r / (p + r). It is not :mod:`~pytest_fmbench.quality.rouge_l`, which LongBench uses and which knows sentences.
"""

from __future__ import annotations

import re

from pytest_fmbench.quality import subsequence
from pytest_fmbench.quality.by_text import ByText

_WORD = re.compile(r"[a-z0-9]+")


def rouge_l_whole(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as comparisons take
    """Of English texts; 0 where one has no word."""
    answer, truth = _WORD.findall(said.lower()), _WORD.findall(right.lower())
    known = {*truth}
    common = subsequence.length(truth, [word for word in answer if word in known])
    if common == 0:
        return 0.0
    precision, recall = common / len(answer), common / len(truth)
    return 2 * precision * recall / (precision + recall)


SCORER = ByText("rouge_l_whole", rouge_l_whole)
