"""How often the truly cheapest deployment is recommended: ``python -m tests.calibration.recommendation [PAGE]``.

``--seed N`` draws other worlds.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pytest_fmbench.recommend import Decision, decide
from pytest_fmbench.recommend.chances import TIE
from pytest_fmbench.stats.capacity import Search
from tests.calibration.served import Batching
from tests.calibration.servers import simulated
from tests.calibration.tables import Line, Tables, make
from tests.calibration.worlds import World, candidate, drawn, searched

WORLDS, SEED = 300, 20_261_126
CHEAPEST, TOO_FEW, TOO_MANY = 0.94, 0.02, 0.15

_SIZES = ((1, 5), (6, 20), (21, 10_000))
_KNOWN_LIMIT, _KNOWN = 25.0, 0.10552
"""Of :class:`Batching`, by ten million requests; see :mod:`tests.calibration.capacity`."""

_AWAY = 0.005


@dataclass(frozen=True)
class Outcome:
    """What became of a world.

    :param needed: replicas that it truly takes of what was recommended; ``replicas`` are planned.
    :param dearer: by how much its true cost is above the least, as a share.
    :param tied: whether a runner-up was called a tie; ``hidden``: whether what is truly the cheapest was none of them.
    """

    needed: int
    replicas: int
    dearer: float
    tied: bool
    hidden: bool

    @property
    def cheapest(self) -> bool:
        """Or as cheap."""
        return self.dearer <= TIE


def main() -> int:
    """Exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--seed", type=int, default=SEED)
    given, others = parser.parse_known_args()
    tables: Tables = {"worlds": partial(_worlds, seed=given.seed), "servers": _servers}
    return make("tests.calibration.recommendation", tables, WORLDS, others)


def outcomes(worlds: int, seed: int) -> list[Outcome]:
    """Draw worlds, search for the capacity of every server, and decide."""
    truth, random = simulated(), np.random.default_rng([seed, 0])
    every = [drawn(truth, random) for _ in range(worlds)]
    servers = [(nth, place) for nth, world in enumerate(every) for place in range(len(world.servers))]
    ended = searched([every[nth].servers[place] for nth, place in servers], [seed])
    found = dict(zip(servers, ended, strict=True))
    return [
        _outcome(world, [found[nth, place] for place in range(len(world.servers))]) for nth, world in enumerate(every)
    ]


def _outcome(world: World, searches: Sequence[Search | None]) -> Outcome:
    each = enumerate(zip(world.servers, searches, strict=True))
    decision = decide([candidate(str(nth), server, search) for nth, (server, search) in each], world.demand)
    best = decision.best
    if best is None:
        return Outcome(0, 0, math.inf, tied=False, hidden=True)
    chosen, least = int(best.name), world.least
    dearer = world.cost(chosen) / least - 1.0
    needed = world.needed(chosen) if world.servers[chosen].capacity > 0.0 else 10**9
    return Outcome(needed, best.replicas, dearer, bool(decision.ties), _is_hidden(world, decision))


def _is_hidden(world: World, decision: Decision) -> bool:
    """Whether what is truly the cheapest, or as cheap, is neither recommended nor called a tie."""
    named = [int(one.fleet.name) for one in (*decision.ranked[:1], *decision.ties)]
    return all(world.cost(nth) > (1.0 + TIE) * world.least for nth in named)


def _worlds(worlds: int, seed: int) -> Iterator[Line]:
    yield (
        (
            "| replicas that it takes | worlds | cheapest, or within 3 % | dearer, of the others | it, or a tie of it "
            "| a tie is called | too few replicas | too many: median, 90 % | bar |"
        ),
        True,
    )
    yield "|---|---|---|---|---|---|---|---|---|", True
    found = outcomes(worlds, seed)
    for least, most in _SIZES:
        part = [one for one in found if least <= one.needed <= most]
        if part:
            yield _row(f"{least} to {most}" if most < 10_000 else f"{least} or more", part), True
    yield _row("all", found, _kept(found)), _kept(found)


def _kept(found: Sequence[Outcome]) -> bool:
    cheapest, few, many = _shares(found)
    return cheapest >= CHEAPEST and few <= TOO_FEW and many[0] <= TOO_MANY


def _shares(found: Sequence[Outcome]) -> tuple[float, float, list[float]]:
    cheapest = sum(one.cheapest for one in found) / len(found)
    few = sum(one.replicas < one.needed for one in found) / len(found)
    many = [one.replicas / max(1, one.needed) - 1.0 for one in found]
    return cheapest, few, [float(one) for one in np.quantile(many, (0.5, 0.9))]


def _row(name: str, found: Sequence[Outcome], kept: bool | None = None) -> str:
    cheapest, few, (median, most) = _shares(found)
    error = math.sqrt(cheapest * (1.0 - cheapest) / len(found))
    others = [one.dearer for one in found if not one.cheapest]
    cells = (
        name,
        f"{len(found)}",
        f"{cheapest:.1%} ± {error:.1%}",
        f"{float(np.median(others)):.0%}" if others else "-",
        f"{1.0 - sum(one.hidden for one in found) / len(found):.1%}",
        f"{sum(one.tied for one in found) / len(found):.0%}",
        f"{few:.1%}",
        f"{median:.0%}, {most:.0%}",
        "" if kept is None else "kept" if kept else "**missed**",
    )
    return f"| {' | '.join(cells)} |"


def _servers(_: int) -> Iterator[Line]:
    """That the truth is the truth, where another simulation has told it."""
    found = simulated().capacity(0, _KNOWN_LIMIT)
    away = found / _KNOWN - 1.0
    yield "| server | limit of p95 | capacity here | elsewhere | apart |", True
    yield "|---|---|---|---|---|", True
    yield f"| {Batching().name} | {_KNOWN_LIMIT:g} | {found:.5f} | {_KNOWN} | {away:+.2%} |", abs(away) <= _AWAY


if __name__ == "__main__":
    sys.exit(main())
