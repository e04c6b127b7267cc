"""What the decoder process does: follow the spools, turn exchanges into records, tell live figures, write the table."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.load.company import Point
from pytest_fmbench.load.engine import QUIT, Link, Message
from pytest_fmbench.model.exchange import Exchange
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.runs.crew.looking import Lookout
from pytest_fmbench.runs.crew.phases import in_phases
from pytest_fmbench.runs.crew.tally import Tally
from pytest_fmbench.store.builder import TableBuilder
from pytest_fmbench.store.spool import SpoolReader
from pytest_fmbench.store.table import write_measurement
from pytest_fmbench.store.tasks import to_tasks

if TYPE_CHECKING:
    import pyarrow as pa

_EVERY_S = 0.5
_LATE_NS = 700_000_000
"""More than what the pauses between looks make."""


@dataclass(frozen=True)
class DecodePlan:
    """One run, as the decoder needs to know it.

    :param spools: files that the load workers append to; they are there already.
    :param table: file for the requests; beside it lies that of the tasks, where there are any.
    :param sessions: there are tasks.
    :param requests: how many the window takes at most; None is any number.
    :param looks: whether to write what there is, beside the table, whenever more of the window can be looked at.
    """

    dialect: Dialect
    spools: tuple[Path, ...]
    table: Path
    requests: int | None = None
    looks: bool = False
    sessions: bool = False


def decode_spools(plan: DecodePlan, link: Link) -> None:
    """Carry out ``plan``; tells figures twice a second. Is told ``end`` with the window when the load has ended.

    :raises StoreError: when a spool cannot be read or the table cannot be written.
    """
    said: SimpleQueue[Message] = SimpleQueue()
    link.listen(said.put)
    with ExitStack() as stack:
        spools = [stack.enter_context(closing(SpoolReader(path))) for path in plan.spools]
        decoder = _Decoder(plan, link, said, spools)
        link.tell({"event": "at", "point": Point.START.value})
        # a thread that gives way while there is load: after that nobody is disturbed and someone waits for us
        with ThreadPoolExecutor(1, initializer=link.stand_back) as follower:
            end = follower.submit(decoder.follow).result()
        if end["event"] != QUIT:
            decoder.take_rest()
            decoder.write(Window(*end["window"]))


class _Decoder:
    """Turns what the spools hold into a table.

    :param said: what the parent says: once, that there will be no more.
    """

    def __init__(self, plan: DecodePlan, link: Link, said: SimpleQueue[Message], spools: Sequence[SpoolReader]) -> None:
        self._plan, self._link, self._said, self._spools = plan, link, said, spools
        self._builder, self._tally, self._lookout = TableBuilder(), Tally(), Lookout(len(spools))
        self._due_ns, self._forward = 0, False

    def follow(self) -> Message:
        """Decode what comes until there will be no more; returns what was said of that."""
        while True:
            for exchange in self._there():
                self._keep_up(exchange)
                self._take(exchange)
                if not self._said.empty():
                    break
            self._tell()
            with suppress(Empty):
                return self._said.get(timeout=_EVERY_S)

    def _keep_up(self, exchange: Exchange) -> None:
        """Stand back only while that does no harm: on a core that is never idle, figures would come ever later."""
        behind_ns = monotonic_ns() - (exchange.recording.done_ns or 0)
        if not self._forward and behind_ns > _LATE_NS:
            self._forward = True
            self._link.come_forward()
        elif self._forward and behind_ns < _LATE_NS / 2:
            self._forward = False
            self._link.stand_back()

    def take_rest(self) -> None:
        """Decode all that is there."""
        for exchange in self._there():
            self._take(exchange)

    def _there(self) -> Iterator[Exchange]:
        """What there is and has not been taken, of each worker in turn."""
        waiting = deque(spool.take() for spool in self._spools)
        while waiting:
            exchange = next(waiting[0], None)
            if exchange is None:
                waiting.popleft()
            else:
                yield exchange
                waiting.rotate(-1)

    def _take(self, exchange: Exchange) -> None:
        record = decode(exchange, self._plan.dialect)
        self._builder.add(record)
        self._tally.add(record)
        self._lookout.note(exchange)
        if monotonic_ns() >= self._due_ns:
            self._tell()

    def write(self, window: Window) -> None:
        """Write the tables of all that was taken."""
        table, window = in_phases(self._builder.table(), window, self._plan.requests)
        tasks = self._tasks(window) if self._plan.sessions else None
        write_measurement(self._plan.table, Measurement(table, window, tasks=tasks))
        self._tell()
        self._link.tell({"event": "written"})

    def _tasks(self, window: Window) -> pa.Table:
        tasks = to_tasks(task for spool in self._spools for task in spool.tasks)
        return in_phases(tasks, window, None)[0]

    def _tell(self) -> None:
        self._due_ns = monotonic_ns() + seconds_to_ns(_EVERY_S)
        self._link.tell({"event": "decoded", **asdict(self._tally.decoded)})
        due = self._lookout.due() if self._plan.looks else None
        if due is not None:
            self._look(*due)

    def _look(self, requests: int, settled_ns: int) -> None:
        path = self._plan.table.with_name(f"look.{requests}.parquet")
        write_measurement(path, Measurement(self._builder.so_far(), Window(0, settled_ns)))
        self._link.tell({"event": "look", "requests": requests, "end_ns": settled_ns, "path": str(path)})
