"""One life of a paid deployment: had, seen to serve, parted from, as a session does it; and what reaps after it.

``python -m tests.chaos.lives PLATFORM SESSION [AHEAD_S]`` is such a session in a process of its own, for whoever kills
it; its clock is ahead by so many seconds.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import cast
from unittest import mock

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.clock import monotonic_ns, seconds_to_ns, wall_s
from pytest_fmbench.errors import FmbenchError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.price import Price, TokenPrice
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.platforms.aws.calls import call
from pytest_fmbench.platforms.base import Leasing, Platform, Surroundings
from pytest_fmbench.platforms.bedrock import Bedrock
from pytest_fmbench.platforms.ec2.platform import Ec2
from pytest_fmbench.platforms.sagemaker.platform import SageMaker
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.tenancy.book import PaidBook
from pytest_fmbench.runs.tenancy.ending import release_all
from pytest_fmbench.runs.tenancy.paying import Paying
from pytest_fmbench.runs.tenancy.reaping import Search, Wanted, end
from pytest_fmbench.runs.tenancy.renewing import Renewal
from pytest_fmbench.runs.tenancy.tenancy import Tenancy
from pytest_fmbench.runs.tenancy.uses import Uses
from pytest_fmbench.spend.alive import holding, is_alive
from pytest_fmbench.spend.leases import Leases, leases_folder
from pytest_fmbench.spend.ledger import Ledger, ledgers_folder
from pytest_fmbench.store.base import state_root

LIFETIME_S = 1_800.0
REGIONS = ("us-east-1", "us-west-2")

_MODEL = "meta-llama/Llama-3.1-8B-Instruct"
ROLE, LOAD_ROLE = "arn:aws:iam::123456789012:role/fmbench", "load-generator"
DEPLOYMENTS = {
    "ec2": Deployment(_MODEL, "vllm", "ec2:g6e.2xlarge?regions=us-east-1,us-west-2&source=127.0.0.1/32"),
    "sagemaker": Deployment(
        _MODEL, "djl", f"sagemaker:ml.g5.2xlarge?regions=us-east-1,us-west-2&role={ROLE}&scheduler_role={ROLE}"
    ),
    "bedrock": Deployment(
        "meta.llama3-8b-instruct-v1:0",
        "bedrock",
        f"bedrock?regions=us-east-1&source=127.0.0.1/32&load=c7i.large&load_role={LOAD_ROLE}",
    ),
}
_OWNER = "chaos@here"
_PER_HOUR, _PER_TOKEN = Price(2.0, "tests"), TokenPrice(1e-6, 2e-6, 1e-7, 1e-6, "tests")

Pause = Callable[[float], None]
Midway = Callable[[Renewal], None]
"""What is done between having a server and parting from it."""

QUICK: dict[str, Callable[[Surroundings], Platform]] = {}
"""Platforms that wait as they are told to; a registry finds them here."""


def hurry(_: float) -> None:
    """Instead of waiting."""


def nothing(_: Renewal) -> None:
    """What is mostly done between: too little time passes for a renewal."""


def live(name: str, session: str, pause: Pause = hurry, midway: Midway = nothing) -> list[str]:
    """Have a server, see that it serves, and part from it, as a session does; returns what it told."""
    told: list[str] = []
    leases, ledger = Leases(leases_folder(), session, _OWNER, LIFETIME_S), Ledger(ledgers_folder(), session, 1_000.0)
    book = PaidBook(leases, ledger, lambda _, usd_per_hour: usd_per_hour)
    with _waiting(pause) as pause_:
        surroundings, registry = _surroundings(book), _platforms(pause_)
        tenancy = Tenancy(
            leases, book, Uses(state_root() / "uses"), session, _OWNER, LIFETIME_S, keep=False, say=told.append
        )
        pool = Pool(
            registry, STACKS, surroundings, state_root() / "logs", told.append, tenancy=tenancy, paying=Paying(ledger)
        )
        finder = partial(_found, registry, surroundings)
        with holding(session):
            _tried(lambda: pool.acquire(DEPLOYMENTS[name]).failure(), told)
            midway(Renewal(leases, session, finder, LIFETIME_S))
            _tried(pool.close, told)
            held: list[Lease] = []
            _tried(lambda: held.extend(leases.of_session(session)), told)
            told += map(str, release_all(held, finder, book.close, leases.alone, told.append))
    return told


def reap(pause: Pause = hurry, *, now_s: float | None = None, regions: Sequence[str] = REGIONS) -> list[Lease]:
    """What ``fmbench reap --yes`` does, without its waits; returns what it could not end.

    :param now_s: that it takes for now, in seconds since the epoch.
    """
    leases, told = Leases(leases_folder(), "reap", _OWNER), list[str]()
    with _waiting(pause) as pause_:
        surroundings, registry = _surroundings(leases), _platforms(pause_)
        paid = {name: _found(registry, surroundings, name) for name in registry}
        search = Search(leases, paid, is_alive, wall_s() if now_s is None else now_s)
        due = [one for one in search.found(Wanted(), regions, told.append) if one.due]
        return [one.lease for one in due if end(one, search, told.append)]


def stepped(ahead_s: float) -> AbstractContextManager[object]:
    """Our clock is ahead by so many seconds; not that of the cloud, though it be in this process too."""

    class Stepped:
        def __getattr__(self, name: str) -> object:
            return getattr(time, name)

        def time(self) -> float:
            return time.time() + ahead_s

    return mock.patch("pytest_fmbench.clock.time", Stepped())


@contextmanager
def _waiting(pause: Pause) -> Iterator[Pause]:
    """Who waits by a clock sees the time pass that he does not wait.

    SageMaker's calls are tried again after waits of their own.
    """
    passed_ns = 0

    def paused(seconds: float) -> None:
        nonlocal passed_ns
        passed_ns += seconds_to_ns(seconds)
        pause(seconds)

    def hurried_ns() -> int:
        return monotonic_ns() + passed_ns

    ec2 = "pytest_fmbench.platforms.ec2"
    with (
        mock.patch.dict(cast("dict[str, object]", call.__kwdefaults__), sleep=paused),
        mock.patch(f"{ec2}.waiting.monotonic_ns", hurried_ns),
        mock.patch(f"{ec2}.releasing.monotonic_ns", hurried_ns),
    ):
        yield paused


def _tried(step: Callable[[], object], told: list[str]) -> None:
    try:
        step()
    except FmbenchError as error:
        told.append(f"error: {error}")


def _platforms(pause: Pause) -> Registry[Callable[[Surroundings], Platform]]:
    QUICK.update(
        ec2=partial(Ec2, pause=pause),
        sagemaker=partial(SageMaker, sleep=pause),
        bedrock=partial(Bedrock, pause=pause),
    )
    return Registry("platform", {name: f"{_platforms.__module__}:QUICK[{name}]" for name in QUICK})


def _found(registry: Registry[Callable[[Surroundings], Platform]], surroundings: Surroundings, name: str) -> Leasing:
    return cast("Leasing", registry[name](surroundings))


def _surroundings(book: PaidBook | Leases) -> Surroundings:
    def nowhere(*_: object) -> Path:
        raise AssertionError("no weights are needed here")

    return Surroundings(
        nowhere, book=book, keys=state_root() / "keys", price=lambda *_: _PER_HOUR, token_price=lambda _: _PER_TOKEN
    )


if __name__ == "__main__":
    platform, own_name, ahead = (*sys.argv[1:], "0")[:3]
    with stepped(float(ahead)):
        print("\n".join(live(platform, own_name)), flush=True)
    os._exit(0)
