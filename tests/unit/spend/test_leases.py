from __future__ import annotations

import json
import math
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.lease import Lease, Resource
from pytest_fmbench.spend.leases import LIFETIME_S, Leases, leases_folder, specification_of
from tests.support.leases import PAID

VOLUME = Resource("volume", "v")


class Clock:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "leases"


@pytest.fixture
def book(folder: Path, clock: Clock) -> Leases:
    return Leases(folder, "ours", "me@here", now=clock)


def opened(book: Leases, deployment: Deployment = PAID) -> Lease:
    return book.open(deployment, "ec2", {"region": "us-east-1"}, 3.6)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_they_lie_in_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    assert leases_folder() == tmp_path / "leases"


def test_nothing_is_written_before_something_is_opened(book: Leases, folder: Path) -> None:
    assert (book.all(), book.unreadable(), book.history()) == ((), (), ())
    assert not folder.exists()


def test_a_lease_lies_there_when_it_is_open(book: Leases, folder: Path) -> None:
    lease = opened(book)
    assert lease == Lease(
        name=lease.name,
        platform="ec2",
        deployment=PAID.id,
        specification=specification_of(PAID),
        session="ours",
        owner="me@here",
        place={"region": "us-east-1"},
        made_s=1000.0,
        expires_s=1000.0 + LIFETIME_S,
        usd_per_hour=3.6,
    )
    assert files(folder) == [f"{lease.name}.json"]
    assert Leases(folder, "another", "you@there").all() == (lease,)


def test_no_two_have_one_name_and_every_name_is_one_for_aws(book: Leases) -> None:
    names = {opened(book).name for _ in range(50)}
    assert len(names) == 50
    assert all(re.fullmatch(r"fmbench-[0-9a-f]{24}", name) for name in names)


def test_what_is_noted_is_kept_in_order_and_once(book: Leases) -> None:
    lease = book.note(book.note(opened(book), VOLUME), Resource("instance", "token"))
    lease = book.note(lease, replace(VOLUME, identity="vol-1"))
    assert lease.resources == (Resource("volume", "v", "vol-1"), Resource("instance", "token"))
    assert book.all() == (lease,)


def test_what_others_wrote_meanwhile_is_not_undone(book: Leases) -> None:
    stale = opened(book)
    book.note(stale, replace(VOLUME, identity="vol-1"))
    renewed = book.change(stale, lambda there: replace(there, expires_s=9000.0))
    assert (renewed.resources, renewed.expires_s) == ((replace(VOLUME, identity="vol-1"),), 9000.0)
    noted = book.note(stale, Resource("instance", "token"))
    assert (noted.expires_s, len(noted.resources)) == (9000.0, 2)
    written = book.write(replace(stale, kept=True, resources=(VOLUME,)))
    assert (written.kept, written.resources) == (True, noted.resources)
    assert book.all() == (written,)


def test_a_lease_keeps_its_name(book: Leases) -> None:
    lease = opened(book)
    assert book.change(lease, lambda there: replace(there, name="fmbench-other")).name == lease.name


def test_they_are_found_by_session_and_by_deployment(book: Leases, folder: Path, clock: Clock) -> None:
    first = opened(book)
    clock.s += 1.0
    other = replace(PAID, instance="ec2:g5.xlarge")
    second = opened(Leases(folder, "theirs", "me@here", now=clock), other)
    clock.s -= 5.0  # the clock steps back
    third = opened(book)
    assert book.all() == (third, first, second)
    assert book.of_session("ours") == (third, first)
    assert book.of_session("theirs") == book.of(specification_of(other)) == (second,)


def test_one_that_is_closed_leaves_a_line(book: Leases, folder: Path, clock: Clock) -> None:
    lease = book.note(opened(book), VOLUME)
    clock.s += 500.0
    book.close(lease)
    book.close(lease)
    assert (book.all(), files(folder)) == ((), ["history.jsonl"])
    [closed] = book.history()
    assert (closed.name, closed.deployment, closed.session, closed.place) == (
        lease.name,
        PAID.id,
        "ours",
        {"region": "us-east-1"},
    )
    assert (closed.begun_s, closed.ended_s, closed.usd_per_hour, closed.usd) == (1000.0, 1500.0, 3.6, 0.5)


def test_nothing_is_made_under_one_that_is_closed(book: Leases, folder: Path) -> None:
    lease = opened(book)
    book.close(lease)
    with pytest.raises(StoreError, match=f"the lease {lease.name} is closed: nothing more may be made under it"):
        book.note(lease, VOLUME)
    with pytest.raises(StoreError, match=f"the lease {lease.name} is closed"):
        book.write(lease)
    assert files(folder) == ["history.jsonl"]


def test_a_clock_that_steps_back_gives_no_money(book: Leases, clock: Clock) -> None:
    lease = opened(book)
    clock.s -= 400.0
    book.close(lease)
    [closed] = book.history()
    assert (closed.begun_s, closed.ended_s, closed.usd) == (1000.0, 1000.0, 0.0)


def test_what_nobody_knows_the_price_of_cost_nobody_knows_what(book: Leases) -> None:
    book.close(book.open(PAID, "ec2", {}, None))
    assert book.history()[0].usd is None


def test_a_line_that_a_crash_cut_short_spoils_no_other(book: Leases, folder: Path) -> None:
    first, second = opened(book), opened(book)
    book.close(first)
    with (folder / "history.jsonl").open("ab") as file:
        file.write(b'{"name": "fmbench-cut')
    book.close(second)
    assert [closed.name for closed in book.history()] == [first.name, second.name]
    [cut] = book.unreadable()
    assert cut.path == folder / "history.jsonl"
    assert cut.reason.startswith("line 2 holds no closed lease: ")


def test_one_that_was_closed_before_a_crash_and_again_after_it_is_told_once(book: Leases, folder: Path) -> None:
    lease = opened(book)
    content = (folder / f"{lease.name}.json").read_bytes()
    book.close(lease)
    (folder / f"{lease.name}.json").write_bytes(content)
    book.close(lease)
    assert len((folder / "history.jsonl").read_text().splitlines()) == 2
    assert len(book.history()) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it holds no lease: "),
        (b"\xff\xfe", "it holds no lease: "),
        (b'{"version": 1}', "it holds no lease: "),
        (b'{"version": 1, "lease": {"name": "x"}}', "it holds no lease: "),
        (b'{"version": 2, "lease": {"more": true}}', "it has version 2 of its form, and this release reads 1"),
    ],
)
def test_what_cannot_be_read_is_named_and_left_alone(book: Leases, folder: Path, content: bytes, reason: str) -> None:
    lease, spoilt = opened(book), opened(book)
    path = folder / f"{spoilt.name}.json"
    path.write_bytes(content)
    assert book.all() == (lease,)
    [unreadable] = book.unreadable()
    assert unreadable.path == path
    assert unreadable.reason.startswith(reason)
    for use in (book.close, book.write, lambda one: book.note(one, VOLUME)):
        with pytest.raises(StoreError, match=f"cannot read .*{spoilt.name}.*it is left as it is"):
            use(spoilt)
    assert path.read_bytes() == content


def test_one_that_is_cut_anywhere_is_not_taken_for_another(book: Leases, folder: Path) -> None:
    path = folder / f"{book.note(opened(book), VOLUME).name}.json"
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        assert (book.all(), len(book.unreadable())) == ((), 1)


def test_a_file_must_be_called_after_its_lease(book: Leases, folder: Path) -> None:
    lease = opened(book)
    (folder / "fmbench-copy.json").write_bytes((folder / f"{lease.name}.json").read_bytes())
    (folder / "fmbench-folder.json").mkdir()
    assert book.all() == (lease,)
    copy, is_folder = book.unreadable()
    assert copy.reason == f"it holds the lease {lease.name}"
    assert "directory" in is_folder.reason


def test_a_draft_that_a_killed_writer_left_is_no_lease(book: Leases, folder: Path) -> None:
    lease = opened(book)
    (folder / f".{lease.name}.json.0a1b2c3d.part").write_bytes(b'{"ver')
    assert (book.all(), book.unreadable()) == ((lease,), ())


@pytest.mark.parametrize("usd", [-1.0, math.nan, math.inf])
def test_what_is_no_price_is_refused(book: Leases, folder: Path, usd: float) -> None:
    with pytest.raises(UsageError, match="give a number from 0"):
        book.open(PAID, "ec2", {}, usd)
    assert not folder.exists()


def test_what_no_file_can_hold_is_not_made(folder: Path, book: Leases) -> None:
    with pytest.raises(StoreError, match="cannot write the lease"):
        opened(Leases(folder, "ours", "me\udcff@here"))
    lease = opened(book)
    with pytest.raises(StoreError, match="it would not be the same when it is read"):
        book.write(replace(lease, expires_s=math.inf))
    assert book.all() == (lease,)


def test_a_file_says_its_version_and_holds_what_people_can_read(book: Leases, folder: Path) -> None:
    lease = opened(book)
    content = json.loads((folder / f"{lease.name}.json").read_text())
    assert (content["version"], content["lease"]["name"]) == (1, lease.name)


def test_a_specification_tells_everything_apart() -> None:
    different = [
        PAID,
        replace(PAID, model="other/model"),
        replace(PAID, stack="sglang"),
        replace(PAID, instance="ec2:g6e.2xlarge?market=spot"),
        replace(PAID, quantization="fp8"),
        replace(PAID, tensor_parallel=2),
        replace(PAID, replicas=2),
        replace(PAID, replicas="max"),
        replace(PAID, options={"a": 1}),
        replace(PAID, options={"a": True}),
        replace(PAID, options={"a": "1"}),
    ]
    assert len({specification_of(one) for one in different}) == len(different)
    first, second = (replace(PAID, options=options) for options in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert specification_of(first) == specification_of(second)


def test_two_do_not_provision_one_deployment_at_once(book: Leases, folder: Path) -> None:
    done = list[str]()

    def provision() -> None:
        with Leases(folder, "theirs", "me@here").alone("spec"):
            done.append("second")

    second = threading.Thread(target=provision)
    with book.alone("spec"):
        second.start()
        second.join(0.2)
        with book.alone("another"):
            done.append("first")
    second.join(30)
    assert done == ["first", "second"]


def test_who_cannot_write_says_where_else_it_could(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot write .*taken.*; FMBENCH_STATE names another folder"):
        opened(Leases(tmp_path / "taken", "ours", "me@here"))
