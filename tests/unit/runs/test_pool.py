from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fmbench.errors import LaunchError, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.tariffs import Tariffs
from tests.support.servers import Fakes, fake_pool

ONE, OTHER = Deployment("m", "fake"), Deployment("other", "fake")
FOREIGN = Deployment("m", "endpoint", "url:http://127.0.0.1:9/v1")


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def pool(tmp_path: Path, fakes: Fakes) -> Iterator[Pool]:
    made = fake_pool(tmp_path / "servers", fakes)
    yield made
    made.close()


def test_a_server_is_started_once_and_kept(pool: Pool, fakes: Fakes) -> None:
    assert pool.acquire(ONE) is pool.acquire(ONE)
    assert fakes.running == [0]


def test_a_renewed_server_is_another_one_in_place_of_the_last(pool: Pool, fakes: Fakes) -> None:
    first = pool.acquire(ONE)
    second, third = pool.renew(ONE), pool.renew(ONE)
    assert [one.nth for one in fakes.servers] == [0, 1, 2]
    assert fakes.running == [2]
    assert len({first.endpoint.base_url, second.endpoint.base_url, third.endpoint.base_url}) == 3
    assert pool.acquire(ONE) is third


def test_what_was_never_started_is_started(pool: Pool, fakes: Fakes) -> None:
    assert pool.renew(ONE) is pool.acquire(ONE)
    assert fakes.running == [0]


def test_another_deployment_makes_room_on_this_machine(pool: Pool, fakes: Fakes) -> None:
    pool.acquire(ONE)
    pool.renew(OTHER)
    assert fakes.running == [1]


def test_one_that_died_is_renewed(pool: Pool, fakes: Fakes) -> None:
    pool.acquire(ONE)
    fakes.servers[0].died = "it ended"
    with pytest.raises(LaunchError, match="it ended"):
        pool.acquire(ONE)
    assert pool.renew(ONE).failure() is None


def test_one_that_cannot_be_had_leaves_none(pool: Pool, fakes: Fakes) -> None:
    pool.acquire(ONE)
    fakes.fails_at = 1
    with pytest.raises(LaunchError, match="no room"):
        pool.renew(ONE)
    assert fakes.running == []
    fakes.fails_at = None
    assert pool.acquire(ONE).failure() is None


def test_the_log_of_all_starts_is_one_file(pool: Pool) -> None:
    pool.acquire(ONE)
    pool.renew(ONE)
    assert len(pool.log(ONE.id).read_text().splitlines()) == 2


def test_what_is_not_ours_is_not_renewed(pool: Pool) -> None:
    assert pool.acquire(FOREIGN).foreign
    with pytest.raises(UsageError, match="is not ours to start anew"):
        pool.renew(FOREIGN)


def test_all_are_stopped_at_the_end(pool: Pool, fakes: Fakes) -> None:
    pool.acquire(ONE)
    pool.renew(ONE)
    pool.close()
    assert fakes.running == []
    assert [one.stopped for one in fakes.servers] == [1, 1]


def test_a_server_has_the_tariff_that_somebody_says_of_it(tmp_path: Path, fakes: Fakes) -> None:
    pool = fake_pool(tmp_path / "servers", fakes, Tariffs({"url": 2.0}))
    assert pool.tariff_of(pool.acquire(FOREIGN)) == Tariff(2.0, None, "--fmbench-price")
    assert pool.tariff(ONE) is None
    assert not pool.is_paid(ONE)
