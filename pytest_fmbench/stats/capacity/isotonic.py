"""A curve that only rises, or only falls, through points that scatter."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.model.samples import Floats


def isotonic(values: ArrayLike, weights: ArrayLike, *, rising: bool = True) -> Floats:
    """The monotone values nearest to ``values`` by weighted squares: neighbours out of order are pooled.

    Source: Ayer, Brunk, Ewing, Reid and Silverman, Annals of Mathematical Statistics 26 (1955).

    :param values: in order of rate.
    """
    found = np.asarray(values, float) * (1.0 if rising else -1.0)
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(found.tolist(), np.asarray(weights, float).tolist(), strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (before, heavy, many), (after, light, few) = blocks[-2:]
            total = heavy + light
            blocks[-2:] = [((before * heavy + after * light) / total, total, many + few)]
    pooled = np.repeat([value for value, _, _ in blocks], [count for _, _, count in blocks])
    return np.asarray(pooled if rising else -pooled, dtype=np.float64)
