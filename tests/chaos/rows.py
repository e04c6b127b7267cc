"""The rows of the tables: what goes wrong, and the lives that it goes wrong with."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.chaos import befalls, hosts, outages, troubles
from tests.chaos.clouds import clouds
from tests.chaos.endings import Ending, Patient
from tests.chaos.sessions import Session
from tests.support.aws.cloud import Cloud

Life = Callable[[Path], Ending]
Trouble = Callable[..., Ending]
CALLS, OUTAGES, SESSIONS = "calls", "outages", "sessions"
_FEWER = 40
"""Schedules of faults of what is made of the same calls as another platform."""


@dataclass(frozen=True)
class Row:
    """A kind of trouble.

    :param table: that it stands in.
    """

    table: str
    platform: str
    what: str
    lives: list[Life]


@dataclass(frozen=True)
class Platform:
    """What rows of a platform are made of.

    :param new: makes a cloud without anything in it.
    :param called: the calls of a life in which nothing goes wrong.
    :param renewed: how many calls one has whose leases are renewed.
    :param renewals: those of the renewal, as operations and which of their calls they are.
    """

    name: str
    new: Callable[[], Cloud]
    called: list[str]
    renewed: int
    renewals: list[tuple[str, int]]

    def row(self, table: str, what: str, *lives: tuple[Trouble, tuple[object, ...]]) -> Row:
        """A row of these troubles, each with what it is about."""
        return Row(table, self.name, what, [partial(self._life, *one) for one in lives])

    def _life(self, trouble: Trouble, about: tuple[object, ...], state: Path) -> Ending:
        return trouble(Patient(self.new(), self.name, state), *about)


def rows(name: str, schedules: int) -> Iterator[Row]:
    """All rows of a platform."""
    with clouds() as new, tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        called = troubles.operations(Patient(new(), name, Path(one)))
        renewed, renewals = outages.calls_of_renewal(Patient(new(), name, Path(other)))
        platform = Platform(name, new, called, renewed, renewals)
        yield from _of_calls(platform, min(schedules, _FEWER) if name == "bedrock" else schedules)
        if name == "bedrock":  # of which nothing costs but an instance that generates load, as those of EC2 do
            return
        yield from _of_outages(platform)
        yield from _of_ec2(platform) if name == "ec2" else _of_sagemaker(platform)
        yield from _of_hosts(platform)
        yield from _of_sessions(platform)


def _of_calls(platform: Platform, schedules: int) -> Iterator[Row]:
    calls, kinds = [*troubles.each_of(platform.called)], [*dict.fromkeys(platform.called)]
    yield platform.row(
        CALLS,
        f"each of the {len(calls)} calls of a life fails once: before it is done, after, its answer lost",
        *((troubles.one_call, (*call, when)) for call in calls for when in troubles.WHENS),
    )
    yield platform.row(
        CALLS,
        f"all calls of each of the {len(kinds)} operations fail as long as the session lives",
        *((troubles.each_call, (kind, *error)) for kind in kinds for error in troubles.LASTING),
    )
    yield platform.row(
        CALLS,
        "5, 20 or 50 % of all calls fail, as a seed draws it",
        *((troubles.many, (seed,)) for seed in range(schedules)),
    )
    yield platform.row(
        CALLS,
        "SIGKILL at each call, before it is done or after",
        *((troubles.killed, (*call, when)) for call in calls for when in ("before", "after")),
    )
    yield platform.row(
        CALLS,
        "SIGKILL after each call, and the host is lost with its lease files",
        *((troubles.lost, call) for call in calls),
    )


def _of_outages(platform: Platform) -> Iterator[Row]:
    every = range(platform.renewed)
    yield platform.row(
        OUTAGES,
        f"each of the {len(platform.renewals)} calls by which a lease is renewed fails: before it is done, after, its "
        "answer lost",
        *((outages.renewal_fails, (*call, when)) for call in platform.renewals for when in troubles.WHENS),
    )
    yield platform.row(
        OUTAGES,
        f"{' or '.join(map(str, outages.BURSTS))} calls in a row are throttled, from each call on",
        *((outages.throttled, (nth, burst)) for nth in every for burst in outages.BURSTS),
    )
    yield platform.row(OUTAGES, "credentials expire, from each call on", *((outages.expired, (nth,)) for nth in every))
    yield platform.row(
        OUTAGES, "the network is cut for 30 s, from each call on", *((outages.cut, (nth,)) for nth in every)
    )
    yield platform.row(
        OUTAGES,
        "the network is cut until somebody reaps, from each call on",
        *((outages.cut, (nth, None)) for nth in every),
    )


def _of_ec2(platform: Platform) -> Iterator[Row]:
    zones = tuple((outages.full_zones, (count,)) for count in (1, 2, None))
    yield platform.row(
        OUTAGES, "no capacity in 1, 2, all zones of a region, in none of any", *zones, (outages.full, ())
    )
    yield platform.row(
        OUTAGES,
        "an instance never becomes ready; its boot fails",
        *((outages.never_ready, (how,)) for how in ("never", "dies")),
    )


def _of_sagemaker(platform: Platform) -> Iterator[Row]:
    yield platform.row(
        OUTAGES, "no capacity in a region, in none of any", (outages.full_region, ()), (outages.full, ())
    )
    yield platform.row(
        OUTAGES,
        "an endpoint fails in creation; it is created for hours",
        *((outages.never_ready, (how,)) for how in ("Failed", "Creating")),
    )


def _of_hosts(platform: Platform) -> Iterator[Row]:
    every, calls = range(platform.renewed), [*troubles.each_of(platform.called)]
    yield platform.row(
        OUTAGES,
        "the disk is full, from before the first lease; from each call on",
        (hosts.disk_full_before, ()),
        *((hosts.disk_full, (nth,)) for nth in range(len(calls))),
    )
    yield platform.row(
        OUTAGES,
        "the clock steps by a day, forward or back, at each call",
        *((hosts.clock_steps, (nth, step_s)) for nth in every for step_s in hosts.STEPS_S),
    )
    yield platform.row(
        OUTAGES,
        "SIGKILL after each call of a session whose clock is a day ahead, or behind",
        *((hosts.killed_with_another_clock, (*call, step_s)) for call in calls for step_s in hosts.STEPS_S),
    )
    yield platform.row(
        OUTAGES,
        "`fmbench reap --yes` at each call of a session that lives",
        *((hosts.reaped_alive, (nth,)) for nth in every),
    )


def _of_sessions(platform: Platform) -> Iterator[Row]:
    signals = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM}
    whoms = {
        "a worker": Session.signal_worker,
        "the controller": Session.signal_controller,
        "its whole process group": Session.signal_all,
    }
    for name, number in signals.items():
        for whom, to in whoms.items():
            yield _session(platform, f"{name} to {whom}", befalls.signalled(number, to))
    others = {
        "the spot instances are taken back": befalls.interrupted,
        "credentials expire": befalls.credentials_expire,
        "the network is cut for 3 s": befalls.cut,
        "the network is cut until somebody reaps": befalls.cut_for_good,
        "the disk is full": befalls.disk_full,
        "`fmbench reap --yes` while it lives, then SIGKILL to its whole process group": befalls.reaped_alive,
    }
    for what, befallen in others.items():
        if befallen is not befalls.interrupted or platform.name == "ec2":
            yield _session(platform, what, befallen)
    two = "two sessions at once"
    yield platform.row(SESSIONS, two, (befalls.two_at_once, (two, befalls.nothing)))
    killed = "two sessions at once, and SIGKILL to all processes of one"
    kill = befalls.signalled(signal.SIGKILL, Session.signal_all)
    yield platform.row(SESSIONS, killed, (befalls.two_at_once, (killed, kill)))


def _session(platform: Platform, what: str, befallen: befalls.Befalls) -> Row:
    return platform.row(SESSIONS, what, (befalls.alone, (what, befallen)))
