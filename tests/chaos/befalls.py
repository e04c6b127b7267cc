"""What befalls whole sessions in the middle of a run, and what it takes to leave nothing after them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from pytest_fmbench.catalog import DIALECTS, METRICS
from pytest_fmbench.clock import wall_s
from pytest_fmbench.errors import FmbenchError
from pytest_fmbench.runs.report import report
from pytest_fmbench.store import journal
from tests.chaos.endings import BY_ITSELF, BY_REAP, BY_TAGS, EXPIRED_S, Ending, Patient, at_home, passing
from tests.chaos.hosts import fill_disk
from tests.chaos.lives import REGIONS, reap
from tests.chaos.sessions import Session, begun, data_plane, surroundings
from tests.support.aws.runtime import EXPIRED, Runtime

MODELS = ("a", "b")
_CUT_S = 3.0

Befalls = Callable[[Session], None]


def signalled(number: signal.Signals, to: Callable[[Session, signal.Signals], None]) -> Befalls:
    """A signal to a worker, its controller, or all of its processes."""
    return lambda session: to(session, number)


def interrupted(session: Session) -> None:
    """AWS takes its spot instances back."""
    for instance in session.one.cloud.instances:
        session.one.cloud.interrupt(instance)


def credentials_expire(session: Session) -> None:
    """And are not renewed while it lives."""
    session.one.cloud.expire_credentials()
    if session.runtime is not None:
        session.runtime.fault = lambda _: EXPIRED


def cut(session: Session) -> None:
    """The network is away for a while."""
    session.cut()
    time.sleep(_CUT_S)
    session.reach()


def cut_for_good(session: Session) -> None:
    """The network is away until somebody reaps."""
    session.cut()


def disk_full(session: Session) -> None:
    """None of its processes can write to a file any more."""
    for pid in session.processes:
        fill_disk(pid)


def reaped_alive(session: Session) -> None:
    """``fmbench reap --yes`` is asked, which touches nothing; then the session is killed.

    :raises AssertionError: when it does something.
    """
    before = session.one.cloud.left()
    told = _reap(session.one, session.runtime)
    assert session.one.cloud.left() == before, told
    assert "left alone: its session is alive" in told, told
    session.signal_all(signal.SIGKILL)


def nothing(_: Session) -> None:
    """All goes well."""


def alone(one: Patient, what: str, befalls: Befalls) -> Ending:
    """A session on two deployments, which something befalls in the middle of a run."""
    with data_plane(one) as runtime, begun(one, runtime, *MODELS) as session:
        session.in_the_middle()
        befalls(session)
        session.go()
        return _ended(one, what, [session])


def two_at_once(one: Patient, what: str, befalls: Befalls) -> Ending:
    """Two sessions of one user on the same deployments; something befalls the second."""
    with data_plane(one) as runtime, ExitStack() as held:
        sessions = [held.enter_context(begun(one, runtime, *MODELS)) for _ in range(2)]
        for session in sessions:
            session.in_the_middle(1)
        befalls(sessions[1])
        sessions[0].go()
        return _ended(one, what, sessions)


def _ended(one: Patient, what: str, sessions: Sequence[Session]) -> Ending:
    hangs = [f"{what}: it hangs" for session in sessions if not session.ends()]
    sessions[0].reach()

    def by_itself() -> None:
        """Its own end has to do."""

    def by_command() -> None:
        told.extend(_reap(one, sessions[0].runtime).splitlines())

    def by_tags() -> None:
        one.cloud.pass_time(EXPIRED_S)
        with at_home(one.state / "state"):
            reap(passing(one.cloud), now_s=wall_s() + EXPIRED_S)

    told: list[str] = []
    by = ""
    for rung, attempt in ((BY_ITSELF, by_itself), (BY_REAP, by_command), (BY_TAGS, by_tags)):
        attempt()
        by = rung
        if not one.cloud.left():
            break
    hangs += [f"{what}: its processes live on" for session in sessions if not session.gone()]
    told = [*(line for session in sessions for line in session.told), *told]
    left = (*one.cloud.left(), *hangs)  # once more: what is orphaned must not have made anything new
    cases, unreadable = _records(one.state / "fmbench-out")
    return Ending(what, tuple(told), "" if left else by, left, cases, tuple(unreadable))


def _records(folder: Path) -> tuple[int, list[str]]:
    """How many cases of all sessions had a result; and what of the records cannot be read."""
    results, problems = 0, list[str]()
    for session in sorted(folder.iterdir()):
        try:
            found = journal.read(session)
            told = report((path for path in sorted(session.glob("cases/*")) if path.is_dir()), METRICS, DIALECTS)
        except FmbenchError as error:
            problems.append(f"{session.name}: {error}")
            continue
        results += len(found)
        problems += _missing(found, {summary["name"] for summary in told.summaries if summary["requests"]})
    return results, problems


def _missing(results: dict[str, journal.Result], reported: set[str]) -> Iterator[str]:
    for case, result in results.items():
        for run in result["runs"]:
            if run["name"] not in reported:
                yield f"{case}: the records of {run['name']} are not there"


def _reap(one: Patient, runtime: Runtime | None) -> str:
    """What ``fmbench reap --yes`` says, as a person asks it."""
    regions = [word for region in REGIONS for word in ("--region", region)]
    command = [sys.executable, "-m", "pytest_fmbench.cli", "reap", "--yes", *regions]
    done = subprocess.run(
        command, cwd=one.state, env=surroundings(one, runtime), capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
