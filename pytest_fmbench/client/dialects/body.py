"""A response's body, in one piece, and which of its bytes each read brought."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Stamps(NamedTuple):
    """When pieces of a body arrived, in ns, as :class:`~pytest_fmbench.model.record.RequestRecord` keeps it."""

    ns: array[int]
    shared: array[int]
    slack_ns: array[int]


@dataclass(slots=True, eq=False)
class Body:
    """The body of a response, HTTP framing taken off. Iterating gives (arrival in ns, bytes) of each read.

    :param piece_ends: where in ``data`` each piece ends that lay in the response without a break; none is empty.
    :param shifts: how much further back in the response the end of each piece lay.
    :param read_ends: where in the response each read ends.
    :param arrivals: when the last byte of each read arrived, in ns.
    :param earliest: no byte of the read arrived before it, in ns, or before its arrival where that is earlier.
    """

    data: bytes
    piece_ends: Integers
    shifts: Integers
    read_ends: Integers
    arrivals: Integers
    earliest: Integers

    @classmethod
    def of(cls, reads: Iterable[tuple[int, bytes]]) -> Body:
        """The body of (arrival in ns, bytes) of each read."""
        kept = list(reads)
        stamps, pieces = np.array([arrived for arrived, _ in kept], np.int64), [piece for _, piece in kept]
        ends = np.array([*accumulate(map(len, pieces))], np.int64)
        return cls(b"".join(pieces), ends[-1:], ends[:1] * 0, ends, stamps, stamps)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        edges = (0, *self._ends().tolist())
        for arrived, (begin, end) in zip(self.arrivals.tolist(), pairwise(edges), strict=True):
            yield arrived, self.data[begin:end]

    def stamps(self, at: Sequence[int]) -> Stamps:
        """When each part was complete, its last byte being the one before ``at``; ascending, from 1."""
        ends = np.asarray(at, np.int64)
        read = self.read_ends.searchsorted(ends + self.shifts[self.piece_ends.searchsorted(ends)])
        ns = self.arrivals[read]
        alike = read[1:] == read[:-1]
        if not alike.any():  # nearly always: one read, one chunk
            return Stamps(_packed("q", ns), array("b", bytes(len(ns))), array("q", bytes(8 * len(ns))))
        slack_ns = np.maximum(ns - self.earliest[read], 0)
        shared = np.append(alike, [False] * (len(ns) > 0)).astype(np.int8)
        return Stamps(_packed("q", ns), _packed("b", shared), _packed("q", slack_ns * shared))

    def _ends(self) -> Integers:
        """Where in ``data`` each read ends; a read that brought none of it ends where the one before did."""
        if not self.data:
            return self.read_ends * 0
        begins = np.append(0, self.piece_ends)[:-1]
        nth = (begins + self.shifts).searchsorted(self.read_ends) - 1
        inside = np.clip(self.read_ends - self.shifts[nth], begins[nth], self.piece_ends[nth])
        return np.where(nth < 0, 0, inside)


def _packed(code: str, column: NDArray[np.int8] | Integers) -> array[int]:
    return array(code, column.tobytes())
