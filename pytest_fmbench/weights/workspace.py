"""A folder for one fetch, and the programs that run in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

Progress = Callable[[str], None]
"""Takes one short line for people."""

TICK_S = 1.0
"""Seconds between two looks at a running program."""

_PREFIX = "fetch-"
_LAST_LINES = 12


@dataclass(frozen=True)
class Finished:
    """A program that has ended.

    :param returncode: as the system gives it; 127 when the program could not be started.
    :param last_lines: of what it wrote, oldest first.
    """

    returncode: int
    last_lines: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """It ended as it should."""
        return self.returncode == 0

    def shown(self) -> str:
        """Its last lines, indented to stand below a message."""
        return "\n".join(f"    | {line}" for line in self.last_lines) or "    | (it wrote nothing)"


@dataclass(frozen=True)
class Workspace:
    """Everything that one fetch writes before its file is whole. It lies beside the file's final place, so that
    publishing is a rename.

    :param folder: the workspace itself.
    :param progress: where lines for the user go.
    """

    folder: Path
    progress: Progress

    @property
    def downloads(self) -> Path:
        """Where a downloader is to leave what it got."""
        return self.folder / "downloads"

    @property
    def temporary(self) -> Path:
        """The temporary folder of every program run here: what it leaves behind goes when the workspace goes."""
        return self.folder / "tmp"

    def bytes_so_far(self) -> int:
        """Size of the largest file being downloaded. Downloaders copy, so a sum would count bytes twice."""
        sizes = [0]
        for top in (self.downloads, self.temporary):
            for folder, _, names in os.walk(top):
                for name in names:
                    with suppress(OSError):  # it was moved or removed since it was listed
                        sizes.append(Path(folder, name).stat().st_size)
        return max(sizes)

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> Finished:
        """Run ``command`` to its end; should anything be raised meanwhile, such as Ctrl-C, kill it first.

        :param environment: variables added to our own.
        :param tick: called about every second while it runs.
        """
        # A file instead of a pipe: nobody has to read it while the program runs, and it cannot fill up.
        log = self.folder / "output.log"
        variables = {**os.environ, "TMPDIR": str(self.temporary), **(environment or {})}
        with log.open("wb") as output:
            try:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=variables
                )
            except OSError as error:
                return Finished(127, (str(error),))
            return Finished(_wait(process, tick), _tail(log))


def _wait(process: subprocess.Popen[bytes], tick: Callable[[], None]) -> int:
    with process:
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(TICK_S)
                tick()
        finally:
            process.kill()
            process.wait()


def _tail(log: Path) -> tuple[str, ...]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(line for line in lines if line.strip())[-_LAST_LINES:]


@contextmanager
def workspace_in(folder: Path, progress: Progress) -> Iterator[Workspace]:
    """A new workspace in ``folder``, removed at the end. Only for whoever has ``folder`` to himself."""
    for leftover in folder.glob(f"{_PREFIX}*"):  # of a fetch that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    with TemporaryDirectory(prefix=_PREFIX, dir=folder, ignore_cleanup_errors=True) as name:
        workspace = Workspace(Path(name), progress)
        workspace.downloads.mkdir()
        workspace.temporary.mkdir()
        yield workspace
