"""Our times to the first token against the server's own histogram of them.

Both are of the time between the last sample before the window and the first one after it, in which the server's counts
grew by what it observed; ours are of the requests whose first token arrived then, of any phase.

The two clocks do not include the same. Ours begins when a request has been handed to the kernel and ends when its first
content arrives there: the network both ways, and the server's own HTTP before and behind its engine, are in it. The
server's begins when the request has reached its engine, or its own HTTP, and ends when the first token was made.
So ours is the larger, by what lies between; a difference the other way, or one in their counts, is a fault of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_fmbench.metrics.columns import Integers, chunks, column
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.samples import Flags, Floats

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Crosscheck:
    """Both sides, in seconds.

    :param n: first tokens that arrived here; ``theirs_n`` that the server made.
    :param mean_s: ours; ``theirs_mean_s`` is the growth of its sum over the growth of its count.
    :param distance: the largest between the two distributions at the bounds of its buckets, 0 to 1.
    :param at_s: the bound where that is.
    :param seconds: how long was compared.
    """

    n: int
    theirs_n: int
    mean_s: float
    theirs_mean_s: float
    distance: float
    at_s: float
    seconds: float


@dataclass(frozen=True)
class _Histogram:
    bounds: Floats
    counts: Floats
    total: float
    sum_s: float


def crosscheck(measurement: Measurement) -> Crosscheck | None:
    """What both say of all rounds together; None where the server told no histogram around each window."""
    parts = [one for part in measurement.parts if (one := _both(part)) is not None]
    if len(parts) < len(measurement.parts):
        return None
    ours = np.concatenate([one[0] for one in parts])
    theirs = [one[1] for one in parts]
    total = sum(one.total for one in theirs)
    if not ours.size or not total or any(one.bounds.tolist() != theirs[0].bounds.tolist() for one in theirs):
        return None
    bounds, counts = theirs[0].bounds, np.sum([one.counts for one in theirs], axis=0)
    apart = np.abs(np.searchsorted(np.sort(ours), bounds, side="right") / ours.size - counts / total)
    worst = int(np.argmax(apart))
    return Crosscheck(
        n=int(ours.size),
        theirs_n=int(total),
        mean_s=float(ours.mean()),
        theirs_mean_s=sum(one.sum_s for one in theirs) / total,
        distance=float(apart[worst]),
        at_s=float(bounds[worst]),
        seconds=sum(one[2].seconds for one in parts),
    )


def _both(part: Measurement) -> tuple[Floats, _Histogram, Window] | None:
    if part.telemetry is None:
        return None
    rows = _histogram_rows(part.telemetry.rows)
    at_ns = np.unique(rows["t_ns"].to_numpy())
    before, after = at_ns[at_ns <= part.window.begin_ns], at_ns[at_ns >= part.window.end_ns]
    if not before.size or not after.size:
        return None
    span = Window(int(before[-1]), int(after[0]))
    found = _growth(_told_at(rows, span.begin_ns), _told_at(rows, span.end_ns))
    return None if found is None else (_ours(part, span), found, span)


def _histogram_rows(rows: pa.Table) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = pa.array(["ttft_bucket", "ttft_sum", "ttft_count"])
    return rows.filter(pc.and_(pc.equal(rows["source"], "server"), pc.is_in(rows["name"], value_set=parts)))


def _told_at(rows: pa.Table, at_ns: int) -> _Histogram | None:
    import pyarrow.compute as pc

    now = rows.filter(pc.equal(rows["t_ns"], at_ns))
    of = {name: now.filter(pc.equal(now["name"], f"ttft_{name}")) for name in ("bucket", "sum", "count")}
    if not all(part.num_rows for part in of.values()):
        return None
    bounds, counts = of["bucket"]["bound"].to_numpy(), of["bucket"]["value"].to_numpy()
    finite, order = np.isfinite(bounds), np.argsort(bounds, kind="stable")
    order = order[finite[order]]
    return _Histogram(bounds[order], counts[order], of["count"]["value"][0].as_py(), of["sum"]["value"][0].as_py())


def _growth(before: _Histogram | None, after: _Histogram | None) -> _Histogram | None:
    """None where a server began anew in between, or has no bounded bucket."""
    if before is None or after is None or not after.bounds.size or before.bounds.tolist() != after.bounds.tolist():
        return None
    counts, total, sum_s = after.counts - before.counts, after.total - before.total, after.sum_s - before.sum_s
    return _Histogram(after.bounds, counts, total, sum_s) if total >= 0 and (counts >= 0).all() else None


def _ours(part: Measurement, span: Window) -> Floats:
    """Of the requests whose first content arrived in ``span``, whatever became of them then."""
    sent = column(part.requests, "sent_ns")
    first_ns, some = _firsts(part)
    inside = some & sent.known & (first_ns >= span.begin_ns) & (first_ns < span.end_ns)
    found: Floats = (first_ns - sent.integers)[inside] / 1e9
    return found


def _firsts(part: Measurement) -> tuple[Integers, Flags]:
    """When the first content of each request arrived, and of which some did."""
    count = part.requests.num_rows
    first_ns, some = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_)
    for found in chunks(part.requests):
        some[found.rows] = filled = found.ends > found.starts
        first_ns[found.rows][filled] = found.ns[found.starts[filled]]
    return first_ns, some
