"""Longest common subsequences of words, in time and memory that a text of a megabyte does not blow up.

A row of the usual table is one whole number, whose bit ``j`` says whether the length grows at word ``j`` of the second
text, so that a row takes a few operations on it (Hyyro, Bit-Parallel LCS-length Computation Revisited, AWOCA 2004).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence


def length(first: Sequence[str], second: Sequence[str]) -> int:
    """How many words the longest has."""
    found = 0
    for found in _rows(first, second):  # noqa: B007  # the last row counts
        pass
    return found.bit_count()


def words(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Words of a longest one, the last first; of several such, the one found from the end, ``second`` first.

    What of ``second`` stands nowhere in ``first`` changes nothing, and may be left out before.
    """
    rows, nth, other = [0, *_rows(first, second)], len(first), len(second)
    here, above, found = _Row(rows[nth], other), _Row(rows[max(0, nth - 1)], other), list[str]()
    while nth and other:
        same = first[nth - 1] == second[other - 1]
        if same:
            found.append(first[nth - 1])
        if same or above.count <= here.count - here.grows:
            here.left()
            above.left()
            other -= 1
            if not same:
                continue
        nth -= 1
        here, above = above, _Row(rows[max(0, nth - 1)], other)
    return found


def _rows(first: Sequence[str], second: Sequence[str]) -> Iterator[int]:
    """One for each word of ``first``, which is that of all words up to it."""
    places = _places(second)
    every = (1 << len(second)) - 1
    row = every
    for word in first:
        used = row & places.get(word, 0)
        row = ((row + used) | (row - used)) & every
        yield every & ~row


def _places(words: Sequence[str]) -> dict[str, int]:
    """Where each word stands, as the bits of a whole number."""
    found = defaultdict[str, bytearray](lambda: bytearray(len(words) // 8 + 1))
    for nth, word in enumerate(words):
        found[word][nth >> 3] |= 1 << (nth & 7)
    return {word: int.from_bytes(bits, "little") for word, bits in found.items()}


class _Row:
    """A row, read from a place to the left.

    :ivar count: the length at that place.
    """

    def __init__(self, bits: int, place: int) -> None:
        self._bytes = bits.to_bytes(place // 8 + 1 + bits.bit_length() // 8, "little")
        self._place = place
        self.count = (bits & ((1 << place) - 1)).bit_count()

    @property
    def grows(self) -> int:
        """1 where the length grows at the word before that place, else 0."""
        at = self._place - 1
        return self._bytes[at >> 3] >> (at & 7) & 1

    def left(self) -> None:
        """Go one word back."""
        self.count -= self.grows
        self._place -= 1
