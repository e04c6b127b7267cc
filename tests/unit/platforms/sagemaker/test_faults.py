"""Every call goes wrong in every way, and nothing is left: against AWS's stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.errors import CloudFault, CredentialsFault, EnvironmentFault, StoreError
from pytest_fmbench.platforms.aws.calls import call
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.deadman import groups
from tests.support.noted import Noted
from tests.support.sagemaker import deployment, platform, started

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

CREATES = (
    *("CreateScheduleGroup", "CreateSchedule", "CreateModel", "CreateEndpointConfig", "CreateEndpoint"),
    "CreateInferenceComponent",
)
ONE = deployment(type_="ml.g5.12xlarge", replicas=2)
"""With all kinds of things that are made."""


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(call.__kwdefaults__, "sleep", lambda _: None)  # type: ignore[arg-type]  # it has some


def nothing_is_left(cloud: Cloud, book: Noted) -> None:
    assert cloud.left() == []
    assert list(groups(client("scheduler", "us-east-1"), "fmbench-")) == []
    assert book.open_ones == {}


@pytest.mark.parametrize("when", ["before", "after", "lost"])
def test_an_answer_that_does_not_come_makes_nothing_twice(cloud: Cloud, when: str) -> None:
    for operation in CREATES:
        cloud.fault(operation, when=when)
        book = Noted()
        server = started(platform(book), ONE)
        assert len([line for line in cloud.left() if line.startswith("sagemaker:")]) == 4, operation
        server.stop()
        nothing_is_left(cloud, book)


@pytest.mark.parametrize("when", ["before", "after", "lost"])
def test_what_is_asked_to_be_deleted_is_deleted_though_the_answer_does_not_come(cloud: Cloud, when: str) -> None:
    for operation in (
        "DeleteScheduleGroup",
        "DeleteSchedule",
        *(one.replace("Create", "Delete") for one in CREATES[2:]),
    ):
        book = Noted()
        server = started(platform(book), ONE)
        cloud.fault(operation, when=when)
        server.stop()
        nothing_is_left(cloud, book)


def test_what_cannot_be_made_leaves_nothing(cloud: Cloud) -> None:
    for operation in CREATES:
        cloud.fault(operation, "ValidationException", status=400, times=None)
        book = Noted()
        with pytest.raises(CloudFault, match=r": ValidationException"):
            started(platform(book), ONE)
        nothing_is_left(cloud, book)
        cloud.behave()


def test_what_cannot_be_written_down_is_not_made(cloud: Cloud) -> None:
    notes = 0
    while True:
        book = Noted(full_after=notes)
        try:
            server = started(platform(book), ONE)
        except StoreError:
            nothing_is_left(cloud, book)
            notes += 1
        else:
            server.stop()
            break
    assert notes == 11, "each thing before its call and after it; the component before its endpoint too"


def test_a_dead_man_that_was_made_is_not_forgotten_when_credentials_expire(cloud: Cloud) -> None:
    book = Noted()
    server = started(platform(book), ONE)
    cloud.fault("GetScheduleGroup", "ExpiredTokenException", status=400, times=None)
    with pytest.raises(CredentialsFault, match="ExpiredTokenException"):
        server.stop()
    assert cloud.left() != []
    cloud.behave()
    server.stop()
    nothing_is_left(cloud, book)


def test_what_cannot_be_released_stays_written_down_and_is_released_later(cloud: Cloud) -> None:
    book, said = Noted(), list[str]()
    cloud.endpoints_become("Failed", "no")
    cloud.fault("DeleteEndpoint", "ValidationException", status=400, times=None)
    with pytest.raises(EnvironmentFault, match="does not serve: no"):
        started(platform(book), ONE, said)
    assert "could not be released: delete_endpoint: ValidationException" in said[-1]
    assert "`fmbench reap` ends it" in said[-1]
    (lease,) = book.open_ones.values()
    cloud.behave()
    platform(book).release(lease, print)
    assert cloud.left() == []


@pytest.mark.lasting
@pytest.mark.parametrize("seed", [0, 1])
def test_whatever_goes_wrong_what_is_left_is_written_down(cloud: Cloud, seed: int) -> None:
    failed, kept = 0, 0
    for nth in range(10):
        book = Noted()
        cloud.misbehave(100 * seed + nth, 0.6)
        try:
            started(platform(book), ONE).stop()
        except EnvironmentFault:
            failed += 1
        cloud.behave()
        kept += len(book.open_ones)
        assert all(any(name in line for name in book.open_ones) for line in cloud.left()), f"seed {seed}, {nth}"
        for lease in book.open_ones.values():
            platform(None).release(lease, print)
        assert cloud.left() == [], f"seed {seed}, {nth}"
    assert 0 < kept <= failed, "else the faults would show nothing"


@pytest.mark.parametrize("nth", [0, 2])
def test_an_interrupt_while_it_is_made_undoes_it_at_once(cloud: Cloud, nth: int) -> None:
    cloud.endpoints_become("InService", after=nth + 3)
    waits = 0

    def interrupted(_: float) -> None:
        nonlocal waits
        waits += 1
        if waits == nth + 1:
            raise KeyboardInterrupt

    book, said = Noted(), list[str]()
    with pytest.raises(KeyboardInterrupt):
        started(platform(book, interrupted), ONE, said)
    assert waits > nth + 1, "AWS deletes only what it has made"
    assert any(line.endswith("is undone; what AWS still makes can be deleted only then") for line in said)
    nothing_is_left(cloud, book)
