"""Which sources tell of a deployment, and sampling them while a run lasts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa

from pytest_fmbench.load.quiet import keep_to
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.sampled import Telemetry
from pytest_fmbench.runs.sampling.needs import see_that_anything_is_sampled, see_that_they_can_be_sampled
from pytest_fmbench.stacks.base import Stack
from pytest_fmbench.stacks.card import Card
from pytest_fmbench.store.telemetry import SCHEMA, TELEMETRY, write_telemetry
from pytest_fmbench.telemetry.base import Source, Subject, fault_of
from pytest_fmbench.telemetry.sampler import Row, Sampler

Sources = Registry[Callable[[Subject], Source]]
Keep = Callable[[Path, int], Telemetry | None]
"""Writes what was sampled into a folder, and returns it; on the clock of the requests, which is so many ns ahead."""

_VERSION = re.compile(r"/v\d+$")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_UNNAMED = "{}'s page is at a port of its own, and nobody said at which (--fmbench-metrics-url, where it runs already)"


@dataclass(frozen=True)
class Watching:
    """How a session samples, whatever it measures.

    :param sources: makers of them, by name.
    :param stacks: whose cards say where a server's page of metrics is, and what stands there.
    :param period_s: how often there is a sample.
    :param dcgm_url: page of a DCGM exporter; None where none was named.
    """

    sources: Sources
    stacks: Registry[Callable[[], Stack]]
    period_s: float = 1.0
    dcgm_url: str | None = None

    def of(self, deployment: Deployment, endpoint: Endpoint) -> Watch:
        """What is sampled while ``deployment`` is measured."""
        return Watch(self.sources, self._subject(deployment, endpoint))

    def _subject(self, deployment: Deployment, endpoint: Endpoint) -> Subject:
        """A page of metrics is read of a stack that the catalog holds, which knows what stands there."""
        here = urlsplit(endpoint.base_url).hostname in _LOOPBACK and not endpoint.forwarded
        subject = Subject(endpoint, here, dcgm_url=self.dcgm_url, period_s=self.period_s)
        stack = self.stacks[deployment.stack]() if deployment.stack in self.stacks else None
        card: Card | None = getattr(stack, "card", None)  # one from outside may be nothing but its plan
        if card is None or not (card.metrics or card.started):
            return subject
        if not card.metrics:
            return replace(subject, no_page=f"nothing is known of a page of metrics of {card.name}")
        if endpoint.signing is not None:
            return replace(subject, no_page="what is behind AWS's front can only be asked for replies")
        if deployment.replicas != 1 or endpoint.shared:
            return replace(
                subject, no_page="its replicas share one address, so that each answer would be another one's"
            )
        page = _page(card, endpoint)
        if not page:
            return replace(subject, no_page=_UNNAMED.format(card.name))
        return replace(subject, page=page, words=card.metrics)


def _page(card: Card, endpoint: Endpoint) -> str:
    """Where it is: as the endpoint says, else where the stack usually has it; empty where it has no usual place."""
    port = card.metrics_ports.get(endpoint.dialect)
    if endpoint.metrics_url or port == 0:
        return endpoint.metrics_url
    if port is None:
        return _VERSION.sub("", endpoint.base_url.rstrip("/")) + card.metrics_path
    parts = urlsplit(endpoint.base_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{port}{card.metrics_path}"


@dataclass(frozen=True)
class Watch:
    """The sources of one deployment, opened and closed for each of its runs."""

    sources: Sources
    subject: Subject

    @contextmanager
    def sampling(self, objectives: Sequence[Objective], metrics: Registry[Metric], workers: int) -> Iterator[Keep]:
        """Sample while the block runs; see :func:`sampled`."""
        opened, absent = self._opened()
        try:
            see_that_they_can_be_sampled(objectives, metrics, opened, absent)
            prepare = partial(keep_to, self.subject.endpoint.client_cores[workers:])  # where no worker is alone
            with Sampler(opened, self.subject.period_s, prepare) as sampler:
                yield lambda folder, ahead_ns: _kept(folder, sampler, absent, ahead_ns)
        finally:
            for source in opened.values():
                with suppress(Exception):  # what it told is there
                    source.close()

    def _opened(self) -> tuple[dict[str, Source], dict[str, str]]:
        """Those that are there, and why each other one is not."""
        opened, absent = dict[str, Source](), dict[str, str]()
        for name in self.sources:
            try:
                opened[name] = self.sources[name](self.subject)
            except Exception as error:  # noqa: BLE001, PERF203  # whatever a driver raises leaves it out, and no more
                absent[name] = fault_of(error)
        return opened, absent


@contextmanager
def sampled(
    watch: Watch | None, objectives: Sequence[Objective], metrics: Registry[Metric], workers: int
) -> Iterator[Keep]:
    """Sample while the block runs; after it, what this gives keeps what was sampled.

    :param watch: None samples nothing.
    :param workers: load workers; where there are more cores for the load than those, the sampler is on another.
    :raises UsageError: for an objective on what no source can tell, before there is any load.
    """
    if watch is None:
        see_that_anything_is_sampled(objectives, metrics)
        yield lambda _, __: None
        return
    with watch.sampling(objectives, metrics, workers) as keep:
        yield keep


def _kept(folder: Path, sampler: Sampler, absent: dict[str, str], ahead_ns: int) -> Telemetry:
    rows = tuple(row._replace(t_ns=row.t_ns + ahead_ns) for row in sampler.rows)
    telemetry = Telemetry(table_of(rows), sampler.costs, absent)
    write_telemetry(folder / TELEMETRY, telemetry)
    return telemetry


def table_of(rows: Iterable[Row]) -> pa.Table:
    """Rows in order of time."""
    columns = zip(*rows, strict=True)
    empty = ((),) * len(SCHEMA)
    return pa.table([*columns] or [*empty], schema=SCHEMA).sort_by("t_ns")
