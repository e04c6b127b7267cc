"""What lies in the folder of the toys."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.support.processes import alive, eventually

VARIABLE = "FMBENCH_TOY_CLOUD"
"""Names the folder."""


@dataclass(frozen=True)
class Thing:
    """A server, as its file says it.

    :param expires_s: when it ends by itself, in seconds since the epoch.
    :param usd_per_hour: what it costs.
    """

    lease: str
    session: str
    owner: str
    deployment: str
    specification: str
    made_s: float
    expires_s: float
    usd_per_hour: float
    pid: int
    port: int


@dataclass(frozen=True)
class ToyCloud:
    """Everything that was made and is not deleted."""

    folder: Path

    def path(self, lease: str) -> Path:
        return self.folder / f"{lease}.json"

    def things(self) -> list[Thing]:
        return [thing for path in sorted(self.folder.glob("*.json")) if (thing := self.thing(path.stem)) is not None]

    def thing(self, lease: str) -> Thing | None:
        """None where there is none of that name."""
        try:
            return Thing(**json.loads(self.path(lease).read_text("utf-8")))
        except FileNotFoundError:
            return None

    def put(self, thing: Thing) -> None:
        draft = self.path(thing.lease).with_suffix(f".{os.getpid()}.part")
        draft.write_text(json.dumps(asdict(thing)), encoding="utf-8")
        draft.replace(self.path(thing.lease))

    def change(self, lease: str, **fields: object) -> None:
        thing = self.thing(lease)
        assert thing is not None, f"there is no {lease}"
        self.put(replace(thing, **fields))  # type: ignore[arg-type]  # fields by name, of any type

    def delete(self, lease: str) -> None:
        """End a server; nothing happens where there is none."""
        thing = self.thing(lease)
        if thing is None:
            return
        with suppress(ProcessLookupError):
            os.kill(thing.pid, signal.SIGKILL)
        assert eventually(lambda: not alive(thing.pid))
        self.path(lease).unlink(missing_ok=True)

    def left(self) -> list[str]:
        """Names of what is there still, with the processes that run."""
        return [thing.lease for thing in self.things()]

    def note(self, call: str) -> None:
        """Write down that a call came."""
        with (self.folder / "calls.log").open("a", encoding="utf-8") as calls:
            calls.write(f"{call}\n")

    def calls(self, name: str) -> list[str]:
        """What each call of that name was about, in order."""
        path = self.folder / "calls.log"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [line.partition(" ")[2] for line in lines if line.startswith(f"{name} ")]

    def break_(self, *calls: str) -> None:
        """Have these calls fail from now on, and no others."""
        (self.folder / "broken").write_text(" ".join(calls), encoding="utf-8")

    def broken(self) -> Iterator[str]:
        path = self.folder / "broken"
        yield from path.read_text("utf-8").split() if path.exists() else ()


def toy_cloud() -> ToyCloud:
    """That whose folder the environment names."""
    return ToyCloud(Path(os.environ[VARIABLE]))
