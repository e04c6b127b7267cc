"""Statistics of pooled blocks, whole and without each block in turn: what a jackknife takes.

A statistic is of all samples of all blocks together, never an average over blocks: a p95 within a short block is
biased, and the bias depends on the shape of what is measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.stats.inputs import finite, flags

Block = Floats | Share | Rate
"""The samples of one metric in one stretch of time."""


def is_empty(block: Block) -> bool:
    """Whether nothing was measured in it, as when all of its requests failed."""
    if isinstance(block, Rate):
        return not float(np.sum(block.seconds)) > 0.0
    return np.size(block.flags if isinstance(block, Share) else block) == 0


def pooled(blocks: Sequence[Block], q: float | None) -> Floats:
    """The statistic of all ``blocks``, and then, one by one, of all without each. None of them is empty.

    Shares: True / all. Rates: amounts / seconds. Else the ``q``-quantile, Hyndman-Fan type 7, or with None the mean.

    :raises UsageError: for a sample that is not finite.
    """
    if isinstance(blocks[0], Share):
        counts = [flags(block.flags) for block in blocks if isinstance(block, Share)]
        return _quotients([one.sum() for one in counts], [one.size for one in counts])
    if isinstance(blocks[0], Rate):
        rates = [block for block in blocks if isinstance(block, Rate)]
        amounts, seconds = ([finite(one) for one in part] for part in zip(*map(_columns, rates), strict=True))
        return _quotients([one.sum() for one in amounts], [one.sum() for one in seconds])
    values = [finite(block) for block in blocks if not isinstance(block, Share | Rate)]
    return _means(values) if q is None else _quantiles(values, q)


def _columns(rate: Rate) -> tuple[Floats, Floats]:
    return rate.amounts, rate.seconds


def _means(blocks: list[Floats]) -> Floats:
    first = float(blocks[0][0])  # means of differences, so that equal samples have exactly their own mean
    with np.errstate(over="ignore"):  # what is beyond a float is infinite, and the caller says so
        moved = _quotients([float((one - first).sum()) for one in blocks], [one.size for one in blocks])
        values: Floats = first + moved
        return values


def _quotients(tops: Sequence[float], bottoms: Sequence[float]) -> Floats:
    """Sum of ``tops`` / sum of ``bottoms``; each sum anew, as a difference of sums would lose digits."""
    kept = np.vstack([np.ones(len(tops)), 1.0 - np.eye(len(tops))])
    above, below = (np.where(kept > 0.0, np.asarray(part, np.float64), 0.0).sum(axis=1) for part in (tops, bottoms))
    values: Floats = np.divide(above, below, out=np.full(len(kept), math.nan), where=below > 0.0)
    return values


def _quantiles(blocks: list[Floats], q: float) -> Floats:
    """Without a block, ranks move up by the number of its samples that lie below; only those near are sorted."""
    sizes = np.array([one.size for one in blocks])
    at = (sizes.sum() - np.array([0, *sizes]) - 1) * q
    least, most = _window(np.concatenate(blocks), at.clip(0.0), int(sizes.max()))
    near = [one[(one >= least) & (one <= most)] for one in blocks]
    below = [np.count_nonzero(one < least) for one in blocks]
    values, owner = np.concatenate(near), np.repeat(np.arange(len(blocks)), [one.size for one in near])
    order = np.argsort(values)
    values, owner = values[order], owner[order]
    places = [np.flatnonzero(owner == block) for block in range(-1, len(blocks))]
    passed = sum(below) - np.array([0, *below])
    return np.array([_at(values, *one) for one in zip(places, at, passed, strict=True)])


def _window(values: Floats, at: Floats, largest: int) -> tuple[float, float]:
    """The least and the largest value that a quantile can be at positions ``at`` without up to ``largest`` samples."""
    ends = [math.floor(at.min()), min(math.ceil(at.max()) + largest, values.size - 1)]
    least, most = np.partition(values, ends)[ends]
    return float(least), float(most)


def _at(values: Floats, out: NDArray[np.intp], at: float, passed: int) -> float:
    """The value at position ``at`` when those at the places ``out`` are gone and ``passed`` more lie below the first.

    NaN for a position in nothing.
    """
    if at < 0.0:
        return math.nan
    ranks = np.array([math.floor(at), math.ceil(at)]) - passed
    ends = values[ranks + np.searchsorted(out - np.arange(out.size), ranks, side="right")]
    below, above, weight = float(ends[0]), float(ends[1]), at % 1.0
    return min(max(below * (1.0 - weight) + above * weight, below), above)
