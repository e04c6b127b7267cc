"""The engine that generates load on another host, such as one beside the endpoint, and does everything else here.

A command leads to a Python there, such as ``ssh bench@10.0.0.7 python3``; standard input and output are all that is
needed of it. What the load processes spool is appended to the spool here as it comes, so that it survives that host.
All stamps are of that host's clock, which is one clock for all of a run; telemetry, which is sampled here, is moved to
it.
"""

from __future__ import annotations

import base64
import pickle
import select
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, cast

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import StoreError, WorkerError
from pytest_fmbench.load.engine import DONE, Job, Message, shown
from pytest_fmbench.load.lines import MessageReader, write_message
from pytest_fmbench.load.processes import Children, children_of, wait_or_kill

_STOP_S = 10.0
_CLOCK_READINGS = 9
_PATIENCE_S = 60.0
"""For a word from there, before there are jobs."""


@dataclass(frozen=True)
class Elsewhere:
    """Runs jobs that spool where ``command`` leads, and the others in processes here.

    :param command: of a Python there that has this version of pytest-fmbench; its arguments are added.
    """

    command: Sequence[str]

    @contextmanager
    def start(self, jobs: Sequence[Job]) -> Iterator[Children]:
        """Run ``jobs``, all at once; see :class:`~pytest_fmbench.load.engine.Engine`.

        :raises WorkerError: when the command leads to no such Python.
        """
        far = {nth: job for nth, job in enumerate(jobs) if job.spools}
        near = {nth: job for nth, job in enumerate(jobs) if not job.spools}
        with _errand(self.command, far) as errand, children_of(near) as tellers:
            yield Children(tellers | dict.fromkeys(far, errand), errand.clock.ahead_ns)


@dataclass(frozen=True)
class _Clock:
    """How the clock there stands to ours.

    :param ahead_ns: how far it is ahead, right to half of the round trip.
    """

    ahead_ns: int = 0
    round_trip_ns: int = field(default=2**62)


class _Errand:
    """All jobs there, behind one pipe.

    :ivar clock: of that host, read before the jobs are handed over.
    """

    def __init__(self, command: Sequence[str], jobs: dict[int, Job], log: BinaryIO) -> None:
        self._jobs, self._log, self._done = jobs, log, False
        self._name = f"load of {shlex.join(command)!r}"
        self._spools = {nth: Path(job.plan.spool) for nth, job in jobs.items()}
        line = [*command, "-m", "pytest_fmbench.load.errand"]
        try:
            self.process = subprocess.Popen(
                line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0, start_new_session=True
            )
        except OSError as error:
            raise WorkerError(f"the {self._name} cannot be started: {error}") from error
        self.stdin, self.stdout = cast("BinaryIO", self.process.stdin), cast("BinaryIO", self.process.stdout)
        self.reader, self.clock = MessageReader(self.stdout.fileno()), _Clock()

    def hand_over(self) -> None:
        """See who is there, compare clocks, and send the jobs.

        :raises WorkerError: where there is nobody, or another version.
        """
        there, ours = self._answer(), version("pytest-fmbench")
        if there.get("version") != ours or there.get("python") != list(sys.version_info[:2]):
            theirs, python = there.get("version", "unknown"), ".".join(map(str, there.get("python", ("unknown",))))
            raise WorkerError(
                f"the {self._name} has pytest-fmbench {theirs} on Python {python}, and we have {ours} on "
                f"{sys.version_info.major}.{sys.version_info.minor}: install the same there"
            )
        for _ in range(_CLOCK_READINGS):
            self.clock = min(self.clock, self._read_clock(), key=lambda clock: clock.round_trip_ns)
        plain = {nth: replace(job, cores=()) for nth, job in self._jobs.items()}  # whose numbers are of this host
        parcel = base64.b64encode(pickle.dumps(plain)).decode()
        self._send({"event": "jobs", "path": list(sys.path), "parcel": parcel})

    def take(self) -> Iterator[tuple[int, Message]]:
        """As :class:`Teller` says; what was spooled there is here before the job says that there is more."""
        for message in self.reader.take():
            if message["event"] == "spooled":
                self._append(self._spools[message["nth"]], base64.b64decode(message["data"]))
            elif message["event"] == DONE:
                self._done = True
            else:
                yield message["nth"], message["told"]

    def say(self, nth: int, message: Message) -> None:
        """As :class:`Teller` says; a time is put on the clock there, and no earlier than it can be heard."""
        if "at_ns" in message:
            at_ns = message["at_ns"] + self.clock.ahead_ns + self.clock.round_trip_ns
            message = {**message, "at_ns": at_ns}
        self._send({"event": "say", "nth": nth, "message": message})

    def see_that_it_ended_well(self) -> None:
        """As :class:`Teller` says."""
        status = self.process.wait()
        if status != 0 or not self._done:
            raise self._failure(f"ended with status {status} before its work was done")

    def end(self) -> None:
        """Close its lifeline and wait until it is gone."""
        self.stdin.close()
        wait_or_kill(self.process, _STOP_S)
        self.stdout.close()

    def _read_clock(self) -> _Clock:
        begun_ns = monotonic_ns()
        self._send({"event": "clock"})
        there_ns, ended_ns = int(self._answer()["ns"]), monotonic_ns()
        return _Clock(there_ns - (begun_ns + ended_ns) // 2, ended_ns - begun_ns)

    @staticmethod
    def _append(path: Path, data: bytes) -> None:
        try:
            with path.open("ab") as spool:
                spool.write(data)
        except OSError as error:
            raise StoreError(f"cannot write the spool {path}: {error}; is the disk full?") from error

    def _answer(self) -> Message:
        """Its next message, of the time before jobs."""
        try:
            while not self.reader.ended:
                if not select.select([self.stdout], [], [], _PATIENCE_S)[0]:
                    raise self._failure(f"has said nothing for {_PATIENCE_S:g} s")
                for message in self.reader.take():
                    return dict(message)
        except (ValueError, TypeError) as error:
            raise self._failure(f"says what is no message of ours ({error})") from None
        raise self._failure(
            f"ended with status {self.process.wait()} before it said anything; it takes a Python there that has "
            f"pytest-fmbench {version('pytest-fmbench')}"
        )

    def _send(self, message: Message) -> None:
        with suppress(BrokenPipeError):  # how it ended, its standard output will tell
            write_message(self.stdin.fileno(), message)

    def _failure(self, what: str) -> WorkerError:
        self._log.seek(0)
        return WorkerError(f"the {self._name} {what}\n{shown(self._log.read().decode('utf-8', 'replace'))}")


@contextmanager
def _errand(command: Sequence[str], jobs: dict[int, Job]) -> Iterator[_Errand]:
    with tempfile.TemporaryFile() as log:
        errand = _Errand(command, jobs, log)
        try:
            errand.hand_over()
            yield errand
        finally:
            errand.end()
