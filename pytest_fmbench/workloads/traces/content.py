"""The words of a request of a trace: alike blocks are alike words, whatever else is different.

A prompt of ``n`` tokens stands for the first ``n`` of its blocks' tokens, one word each, and, where those end, for
words of its own. The chat template takes the place of the first of them, so that the whole prompt is ``n`` tokens, and
two that begin with the same ``b`` blocks have the first ``b x block_tokens`` in common, but for the few that the
template puts behind the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_128

from pytest_fmbench.workloads.exact import LEAST_WORDS, Wording, spelt
from pytest_fmbench.workloads.traces.table import Table

_BYTE = 256


def words_of(table: Table, row: int, length: int, wording: Wording, place: tuple[int, int, int]) -> Sequence[str]:
    """The words of a prompt of ``length`` tokens.

    :param place: seed, how often the trace was gone through before, and index of the request; where a row has blocks
        they are drawn from the first two, so that requests share them.
    """
    seed, lap, index = place
    words, count = wording.words, length - wording.overhead
    if table.block_tokens == 0 or table.first_block[row] == table.first_block[row + 1]:
        drawn = _drawn(f"{seed}:{lap}:row {row}", max(0, count - LEAST_WORDS))
        return [*spelt(index, words), *_worded(drawn, words)]
    size = table.block_tokens
    blocks = table.blocks_of(row)[: -(-length // size)]
    drawn = b"".join([_drawn(f"{seed}:{lap}:{block}", size) for block in blocks])
    own = length - len(drawn)
    if own > 0:
        drawn += _drawn(f"{seed}:{lap}:row {row}", own)
    return _worded(drawn[wording.overhead : length], words)


def _drawn(name: str, count: int) -> bytes:
    return shake_128(name.encode()).digest(count)


def _worded(drawn: bytes, words: Sequence[str]) -> list[str]:
    return [words[at] for at in drawn.translate(bytes(at % len(words) for at in range(_BYTE)))]
