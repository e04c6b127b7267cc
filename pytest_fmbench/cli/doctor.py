"""``fmbench doctor``: what this machine's load generator can time truly."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_fmbench.cli.base import Command
from pytest_fmbench.errors import UsageError

if TYPE_CHECKING:
    from pytest_fmbench.runs.doctor import Finding

_HEADINGS = ("neighbour", "streams", "tokens/s", "token p99", "first token p99", "certified", "the mock")
_LEAST_S = 2.0
_WIDTHS = (10, 8, 10, 12, 16, 11, 8)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--streams", metavar="N", type=int, default=32, help="to begin with; doubled each time (32)")
    parser.add_argument("--most", metavar="N", type=int, default=1024, help="streams to stop at (1024)")
    parser.add_argument("--seconds", metavar="S", type=float, default=3.0, help="of each measuring window (3)")


def _run(arguments: Namespace) -> int:
    if not 0 < arguments.streams <= arguments.most:
        raise UsageError(
            f"--streams {arguments.streams} --most {arguments.most}: give 1 or more, and no more than most"
        )
    if not arguments.seconds >= _LEAST_S:
        raise UsageError(f"--seconds {arguments.seconds:g}: give {_LEAST_S:g} or more; a reply takes 1.4 s")
    _row(_HEADINGS)
    ceilings = {name: _ceiling(name, arguments) for name in ("none", "busy loop")}
    for name, best in ceilings.items():
        print(_verdict(name, best))
    return 0


def _ceiling(neighbour: str, arguments: Namespace) -> Finding | None:
    """The last finding whose stamps were true."""
    best = None
    for found in _findings(arguments, busy=neighbour != "none"):
        _row((neighbour, *_cells(found)))
        if not found.true:
            break
        best = found
    return best


def _findings(arguments: Namespace, *, busy: bool) -> Iterator[Finding]:
    from pytest_fmbench.catalog import DIALECTS, METRICS
    from pytest_fmbench.runs.cap import TokenCap
    from pytest_fmbench.runs.doctor import examine
    from pytest_fmbench.runs.measure import Measuring
    from pytest_fmbench.runs.observer import Observer

    how, streams = Measuring(DIALECTS, METRICS, 0.95, Observer(), TokenCap(None)), arguments.streams
    while streams <= arguments.most:
        yield examine(streams, arguments.seconds, how, busy=busy)
        streams *= 2


def _cells(found: Finding) -> tuple[str, ...]:
    errors = (_ms(seconds) for seconds in (found.error_p99_s, found.first_error_p99_s, found.bound_s))
    return str(found.streams), f"{found.tokens_per_s:,.0f}", *errors, "late" if found.mock.late else "in time"


def _row(cells: tuple[str, ...]) -> None:
    print("  ".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip(), flush=True)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.3f} ms"


def _verdict(neighbour: str, best: Finding | None) -> str:
    beside = "alone" if neighbour == "none" else "beside a busy loop"
    if best is None:
        return f"{beside}: no stamps are right to 1 ms here; measure from another host"
    late = "; the mock was late, so a faster server may find more" if best.mock.late else ""
    return f"{beside}: right to 1 ms (p99) up to {best.streams} streams, {best.tokens_per_s:,.0f} tokens/s{late}"


COMMAND = Command("doctor", "measure how many streams this machine can time truly", _arguments, _run)
