"""How lives end, and what it takes to leave nothing after them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from pytest_fmbench.clock import wall_s
from tests.chaos.lives import LIFETIME_S, reap
from tests.support.aws.cloud import Cloud

EXPIRED_S = 2 * LIFETIME_S
BY_ITSELF, BY_REAP, BY_TAGS = "the session's end", "`fmbench reap`", "`fmbench reap` by tags, once expired"


@dataclass(frozen=True)
class Ending:
    """How a life ended.

    :param scenario: what went wrong, in words.
    :param told: what it told.
    :param by: what left nothing; empty where something is left.
    :param left: what is.
    :param cases: of a whole session, that had a result.
    :param unreadable: those of them whose records cannot be read, and what else is wrong with its records.
    """

    scenario: str
    told: tuple[str, ...]
    by: str
    left: tuple[str, ...] = ()
    cases: int = 0
    unreadable: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[str, ...]:
        """What must not be."""
        return (*self.left, *self.unreadable)


@dataclass(frozen=True)
class Patient:
    """Whose life it is.

    :param platform: its name.
    :param state: folder of the user's state.
    """

    cloud: Cloud
    platform: str
    state: Path


def reaped(one: Patient, scenario: str, told: Sequence[str], later_s: float = EXPIRED_S) -> Ending:
    """What it takes to leave nothing after a life, now that nothing goes wrong any more.

    :param later_s: when all that it made has expired, in seconds from now.
    """
    cloud = one.cloud
    cloud.behave()

    def by_leases() -> None:
        reap(passing(cloud))

    def by_tags() -> None:
        cloud.pass_time(later_s)
        reap(passing(cloud), now_s=wall_s() + later_s)

    with at_home(one.state):
        for by, attempt in ((BY_ITSELF, _nothing), (BY_REAP, by_leases), (BY_TAGS, by_tags)):
            attempt()
            if not cloud.left():
                return Ending(scenario, tuple(told), by)
    return Ending(scenario, tuple(told), "", tuple(cloud.left()))


def passing(cloud: Cloud) -> Callable[[float], None]:
    """Instead of a wait: time passes in the cloud, and hardly here."""
    return lambda seconds: cloud.pass_time(min(seconds, 1.0))


def at_home(state: Path) -> mock._patch_dict:
    """The user's state is in this folder."""
    return mock.patch.dict("os.environ", {"FMBENCH_STATE": str(state)})


def _nothing() -> None:
    """Its own end has to do."""
