"""Load from the host that a server has beside it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_fmbench.load.beside import BesideServers
from pytest_fmbench.load.engine import Crew, Job
from pytest_fmbench.load.processes import Processes
from pytest_fmbench.model.endpoint import Beside, Endpoint, Signing
from tests.support import jobs
from tests.support.jobs import Asking

PLAIN = Endpoint("http://203.0.113.7:8000/v1", "m", "openai-chat")
SERVED = Endpoint(PLAIN.base_url, "m", "openai-chat", beside=Beside((sys.executable,), "http://10.0.0.7:8000/v1"))


@dataclass
class Usual:
    """Notes what it is given, and runs it here."""

    given: list[Job] = field(default_factory=list)

    def start(self, some: Sequence[Job]) -> AbstractContextManager[Crew]:
        self.given += some
        return Processes().start(some)


def heard(usual: Usual, *some: Job) -> list[tuple[int, str]]:
    with BesideServers(usual).start(some) as crew:
        return sorted((nth, str(message["base_url"])) for nth, message in crew.heard() if "base_url" in message)


def asking(folder: Path, endpoint: Endpoint, name: str = "spool") -> Job:
    (folder / name).touch()
    return Job(jobs.ask, Asking(folder / name, endpoint), spools=True)


def test_the_server_is_asked_there_at_the_address_that_it_has_there(tmp_path: Path) -> None:
    usual = Usual()
    both = asking(tmp_path, SERVED), asking(tmp_path, SERVED, "other")
    assert heard(usual, *both, Job(jobs.echo, "decodes")) == [
        (0, "http://10.0.0.7:8000/v1"),
        (1, "http://10.0.0.7:8000/v1"),
    ]
    assert usual.given == []
    assert (tmp_path / "spool").read_bytes() == b"here"


def test_a_server_without_such_a_host_is_asked_as_ever(tmp_path: Path) -> None:
    usual, job = Usual(), asking(tmp_path, PLAIN)
    assert heard(usual, job) == [(0, PLAIN.base_url)]
    assert usual.given == [job]


def test_what_generates_no_load_says_nothing_of_where(tmp_path: Path) -> None:
    usual = Usual()
    (tmp_path / "spool").touch()
    decodes = Job(jobs.ask, Asking(tmp_path / "spool", SERVED))
    assert heard(usual, decodes) == [(0, PLAIN.base_url)]
    assert usual.given == [decodes]


def test_requests_are_signed_there_by_credentials_of_that_host(tmp_path: Path) -> None:
    signed = replace(SERVED, signing=Signing("bedrock", "us-east-1", "a profile of here"))
    with BesideServers(Usual()).start([asking(tmp_path, signed)]) as crew:
        assert [message["profile"] for _, message in crew.heard() if "profile" in message] == [""]
