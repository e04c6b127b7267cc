"""A place for code that nobody has read: namespaces of Linux, without a network, files of ours, or much of anything.

By bubblewrap (https://github.com/containers/bubblewrap) where it is installed, else by ``unshare`` of util-linux. What
runs there sees the system's programs, read-only, and an empty folder; it may take so much time, memory and so many
processes, and all that it started dies with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from uuid import uuid4

from pytest_fmbench.errors import UsageError

MEMORY_BYTES = 1 << 28
"""Of each process; nothing but a cgroup, which not everybody may make, limits all of them together."""

_PROCESSES = 8
_FILE_BYTES = 1 << 24
_FOLDER_BYTES = 1 << 25
_TAIL_BYTES = 256
_NOBODY = "65534"

_HARNESS = """
import sys
token = sys.stdin.readline()
code = sys.stdin.read()
exec(compile(code, "answer.py", "exec"), {"__name__": "__main__"})
sys.stdout.write("\\n" + token)
"""
"""Says the word that it was given once all has run to its end, which an early exit does not."""

_IN_NAMESPACES = """
set -e
mount --make-rprivate /
mount -t tmpfs -o size=32m,mode=0755,nosuid,nodev tmpfs "$1"  # as _FOLDER_BYTES
cd "$1"
shift
while [ "$1" != -- ]; do
    mkdir -p ".$1"
    mount --bind "$1" ".$1"
    mount -o remount,bind,ro ".$1"
    shift
done
shift
mkdir proc dev tmp old
chmod 1777 tmp
mount -t proc -o nosuid,nodev,noexec proc proc
touch dev/null
mount --bind /dev/null dev/null
pivot_root . old
umount -l old
cd /tmp
"$@"
"""
"""The shell stays the first process of its namespace, with which all others die, whatever they make of themselves."""


@dataclass(frozen=True)
class Sandbox:
    """How code is run.

    :param by: ``bwrap`` or ``unshare``.
    """

    by: str

    def runs_to_its_end(self, code: str, seconds: float) -> bool:
        """Whether Python ``code`` runs without an error, and to its end, within ``seconds``."""
        token = uuid4().hex
        with TemporaryDirectory(prefix="fmbench-sandbox-") as root, TemporaryFile() as output:
            try:
                done = subprocess.run(
                    [*self._command(root, seconds), *_python()],
                    input=f"{token}\n{code}".encode("utf-8", "backslashreplace"),
                    stdout=output,  # a file, whose length is limited too
                    stderr=subprocess.DEVNULL,
                    env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/tmp"},  # noqa: S108  # its own, empty one
                    timeout=seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return False
            output.seek(max(0, output.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return done.returncode == 0 and output.read().decode("utf-8", "replace").strip().endswith(token)

    def _command(self, root: str, seconds: float) -> list[str]:
        limits = [
            "prlimit",
            f"--as={MEMORY_BYTES}",
            f"--nproc={_PROCESSES}",
            f"--fsize={_FILE_BYTES}",
            f"--cpu={int(seconds) + 1}",
            "--core=0",
            "--",
        ]
        program = shutil.which(self.by) or self.by  # by our path, which what runs there has not
        # as root nobody would be limited, and what is bound could be written
        as_root = os.geteuid() == 0
        nobody = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"] if as_root else []
        drop = ["setpriv", *nobody, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        return [
            program,
            *(self._bwrap(root=as_root) if self.by == "bwrap" else _unshare(root, as_root)),
            *drop,
            *limits,
        ]

    def _bwrap(self, *, root: bool) -> list[str]:
        """What it is told before the command. As root it needs no user namespace, in which nobody could not be."""
        apart = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"] if root else ["--unshare-all"]
        kept = [*apart, "--die-with-parent", "--new-session", "--clearenv"]
        above = dict.fromkeys(str(one) for path in _seen() for one in [*Path(path).parents][-2::-1])
        ways = [part for path in above for part in ("--perms", "0755", "--dir", path)]  # else root's alone
        binds = [*ways, *(part for path in _seen() for part in ("--ro-bind", path, path))]
        folder = ["--size", str(_FOLDER_BYTES), "--perms", "1777", "--tmpfs", "/tmp", "--chdir", "/tmp"]  # noqa: S108  # its own
        # what else it brings lies in memory, as much as one likes
        places = ["--proc", "/proc", "--dev", "/dev", *folder, "--remount-ro", "/dev", "--remount-ro", "/"]
        return [*kept, *binds, *places, "--"]


def _unshare(folder: str, root: bool) -> list[str]:
    """What it is told before the command."""
    user = [] if root else ["--user", "--map-root-user"]
    apart = ["--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child=KILL"]
    return [*user, *apart, "sh", "-c", _IN_NAMESPACES, "sh", folder, *_seen(), "--"]


@lru_cache(maxsize=1)
def sandbox() -> Sandbox:
    """That of this machine.

    :raises UsageError: where there is none.
    """
    reasons = []
    for by, needed in (
        ("bwrap", ("bwrap", "setpriv", "prlimit")),
        ("unshare", ("unshare", "setpriv", "prlimit", "mount")),
    ):
        lacking = next((one for one in needed if shutil.which(one) is None), None)
        if lacking is not None:
            reasons.append(f"{lacking} is not there")
        elif Sandbox(by).runs_to_its_end("pass", 10.0):
            return Sandbox(by)
        else:
            reasons.append(f"{by} may not do it here")
    raise UsageError(
        f"code is run in a sandbox only, and this machine has none: {'; '.join(reasons)}. It takes Linux with "
        "bubblewrap, or with user namespaces; in a container, ask for those"
    )


def _python() -> list[str]:
    return [str(Path(sys.executable).resolve()), "-I", "-S", "-B", "-c", _HARNESS]


def _seen() -> list[str]:
    """Folders of the system that are seen there."""
    return [*dict.fromkeys(_folders())]


def _folders() -> Iterator[str]:
    usual = ("/usr", "/bin", "/lib", "/lib64", "/sbin")
    yield from (path for path in usual if Path(path).exists())
    own = Path(sys.base_prefix).resolve()
    if not own.is_relative_to("/usr"):
        yield str(own)
