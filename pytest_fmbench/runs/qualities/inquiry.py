"""Asking one deployment about one task, watched and paid for, and keeping the records of what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.errors import LaunchError, NotMeasured
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.crew.standing import Decoded, Standing
from pytest_fmbench.runs.lost import see_that_it_was_not_lost
from pytest_fmbench.runs.measure import TABLE, Measuring
from pytest_fmbench.runs.observer import Stage
from pytest_fmbench.runs.qualities.asking import Questions, ask_all, new_spool, spools
from pytest_fmbench.runs.qualities.given import Spent, measurement_of, spent_on
from pytest_fmbench.runs.tenancy.cost import Meter
from pytest_fmbench.store.answers import ANSWERS, write_answers
from pytest_fmbench.store.table import read_measurement, write_measurement

Left = Sequence[tuple[int, Prompt]]
"""What is asked: each prompt with its place, by which its reply is known."""

_CHARACTERS = 3
"""Of a token, at least, in most texts."""


class HasServer(Protocol):
    """Where the server comes from; it may be started when it is asked for first."""

    @property
    def server(self) -> Server:
        """The live server."""
        ...


@dataclass(frozen=True)
class Inquiry:
    """Who is asked, and where records go.

    :param dialect: in which it is asked, which need not be the endpoint's own.
    :param fields: of each request's JSON.
    """

    how: Measuring
    served: HasServer
    dialect: Dialect
    folder: Path
    fields: Mapping[str, object]

    @property
    def server(self) -> Server:
        """The live server."""
        return self.served.server

    @property
    def endpoint(self) -> Endpoint:
        """Of the server, as it is asked."""
        return _endpoint_in(self.dialect.name, self.server.endpoint)

    def before(self) -> list[Path]:
        """Spools of earlier attempts that broke off, oldest first."""
        return spools(self.folder)

    def ask(self, left: Left, concurrency: int, read: Callable[[Path], Sequence[RequestRecord]]) -> Spent:
        """Ask everything; what was spent on it.

        :param read: reads the spool that it leaves, and says what records are in it.
        :raises EnvironmentFault: when the server broke, or nobody answers.
        :raises NotMeasured: when the budget is spent.
        """
        spool, meter = new_spool(self.folder), Meter(self.how.cost_of(self.server), _input_tokens(left))
        output = sum(prompt.max_tokens for _, prompt in left) / len(left)
        questions = Questions(self.endpoint, self.dialect, left, self.fields, concurrency, spool)
        self.how.observer.enter(Stage.MEASURE)
        with meter, self.how.turn(self.server):
            ask_all(questions, lambda begun: self._look(begun, int(begun * output), meter))
        self.how.observer.leave()
        records = read(spool)
        measurement = measurement_of(records)
        if self.server.foreign:
            self.how.cap.spend(measurement)
        spent = spent_on(records, meter.paid(measurement))
        see_that_it_was_not_lost(self.server, measurement)
        return spent

    def _look(self, begun: int, output: int, meter: Meter) -> None:
        """See that the server lives, and that the cap and the budget hold."""
        failure = self.server.failure()
        if failure:
            raise LaunchError(f"{failure} while it was asked", self.server.log_tail())
        if self.server.foreign:
            self.how.cap.check(begun * meter.input_tokens + output)
        meter.look(Standing(begun, begun, Decoded(begun, output_tokens=output)))
        if meter.spent:
            raise NotMeasured(f"not measured: {meter.spent}")

    def keep(self, answers: Sequence[Answered], records: Sequence[RequestRecord]) -> None:
        """Write what is known now, and let go of the spools.

        :raises StoreError: when it cannot be written.
        """
        measurement, path = measurement_of(records), self.folder / TABLE
        if path.exists():
            before = read_measurement(path)
            window = Window(before.window.begin_ns, measurement.window.end_ns)
            measurement = Measurement(pa.concat_tables([before.requests, measurement.requests]), window)
        write_measurement(path, measurement)
        write_answers(self.folder / ANSWERS, answers)
        for spool in spools(self.folder):
            spool.unlink()


def _endpoint_in(dialect: str, endpoint: Endpoint) -> Endpoint:
    """``endpoint`` in another dialect than its own: what it is asked beside, to count what is streamed, is left out."""
    if dialect == endpoint.dialect:
        return endpoint
    fields = {name: value for name, value in endpoint.request_fields.items() if name != "stream_options"}
    return replace(endpoint, dialect=dialect, request_fields=fields)


def _input_tokens(left: Left) -> int:
    """About how many a request takes, rather too many."""
    characters = sum(len(message.content) for _, prompt in left for message in prompt.messages)
    return characters // _CHARACTERS // len(left) + 1
