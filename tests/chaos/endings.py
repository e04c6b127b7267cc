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
    """

    scenario: str
    told: tuple[str, ...]
    by: str
    left: tuple[str, ...] = ()


def reaped(cloud: Cloud, scenario: str, told: Sequence[str], state: Path) -> Ending:
    """What it takes to leave nothing after a life, now that nothing goes wrong any more."""
    cloud.behave()
    with at_home(state):
        for by, attempt in ((BY_ITSELF, _nothing), (BY_REAP, _by_leases), (BY_TAGS, _by_tags)):
            attempt(cloud)
            if not cloud.left():
                return Ending(scenario, tuple(told), by)
    return Ending(scenario, tuple(told), "", tuple(cloud.left()))


def passing(cloud: Cloud) -> Callable[[float], None]:
    """Instead of a wait: time passes in the cloud, and hardly here."""
    return lambda seconds: cloud.pass_time(min(seconds, 1.0))


def at_home(state: Path) -> mock._patch_dict:
    """The user's state is in this folder."""
    return mock.patch.dict("os.environ", {"FMBENCH_STATE": str(state)})


def _nothing(_: Cloud) -> None:
    """Its own end has to do."""


def _by_leases(cloud: Cloud) -> None:
    reap(passing(cloud))


def _by_tags(cloud: Cloud) -> None:
    cloud.pass_time(EXPIRED_S)
    reap(passing(cloud), now_s=wall_s() + EXPIRED_S)
