"""Order statistics on demand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.series import BLOCK

_FEW = 1 << 16
"""Samples that are sorted at once."""

_BITS = 14
_STEP = 1 << 17
"""Samples that are counted together, so that their keys stay in a processor's cache."""

_SIGN = np.iinfo(np.int64).min

Keys = NDArray[np.int64]


class Order:
    """Samples by size. Many are only counted in bins, and the bins that are looked at are sorted.

    To sort 64 million takes seconds, and a copy of them. What is found is exact.
    """

    def __init__(self, samples: Floats) -> None:
        """Of ``samples``, one or more, none of them NaN; they must stay as they are."""
        few = samples.size <= _FEW
        self._parts: _Sorted | _Bins = _Sorted(samples) if few else _Bins(samples, *_ends(samples), samples.size)

    def at(self, rank: int) -> float:
        """The value that ``rank`` samples precede."""
        return self._parts.at(rank)


class _Sorted:
    """Samples, sorted."""

    def __init__(self, samples: Floats) -> None:
        self._values = np.sort(samples)

    def at(self, rank: int) -> float:
        return float(self._values[rank])


class _Bins:
    """The ``n`` of the samples whose keys are from ``low`` to ``high``, in bins of as many keys each."""

    def __init__(self, samples: Floats, low: int, high: int, n: int) -> None:
        self._samples, self._low, self._high = samples, low, high
        self._shift = max(0, (high - low).bit_length() - _BITS)
        self._first = low >> self._shift
        counts = np.zeros((high >> self._shift) - self._first + 1, np.int64)
        for values in _blocks(samples) if n == samples.size else self._within(low, high):
            counts += np.bincount((_keys(values) >> self._shift) - self._first, minlength=counts.size)
        self._ends = counts.cumsum()
        self._parts: dict[int, _Sorted | _Bins] = {}

    def at(self, rank: int) -> float:
        nth = int(np.searchsorted(self._ends, rank, side="right"))
        if self._shift == 0:
            return _value(self._first + nth)
        before = int(self._ends[nth - 1]) if nth else 0
        if nth not in self._parts:
            self._parts[nth] = self._part(nth, int(self._ends[nth]) - before)
        return self._parts[nth].at(rank - before)

    def _part(self, nth: int, n: int) -> _Sorted | _Bins:
        low = max(self._low, (self._first + nth) << self._shift)
        high = min(self._high, ((self._first + nth + 1) << self._shift) - 1)
        if n > BLOCK:
            return _Bins(self._samples, low, high, n)
        return _Sorted(np.concatenate([*self._within(low, high)]))

    def _within(self, low: int, high: int) -> Iterator[Floats]:
        least, most = _value(low), _value(high)
        return (values[(values >= least) & (values <= most)] for values in _blocks(self._samples))


def _blocks(samples: Floats) -> Iterator[Floats]:
    return (np.ascontiguousarray(samples[at : at + _STEP]) for at in range(0, samples.size, _STEP))


def _ends(samples: Floats) -> tuple[int, int]:
    """The keys of the least and of the largest."""
    low, high = _keys(np.array([samples.min(), samples.max()]))
    return int(low), int(high)


def _keys(values: Floats) -> Keys:
    """Integers in the order of ``values``: the bits of a float, whose sign goes for all of them. Zeros are equal."""
    bits = values.view(np.int64)
    return bits if bits.size and bits.min() >= 0 else np.where(bits < 0, _SIGN - bits, bits)


def _value(key: int) -> float:
    """The float that has this key."""
    return float(np.array(key if key >= 0 else _SIGN - key, np.int64).view(np.float64))
