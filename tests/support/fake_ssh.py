"""A stand-in for ``ssh``: it notes how it was called, and runs what it is given on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

_SSH = """#!/bin/bash
printf '%s\\n' "$*" >> {folder}/ssh.log
[ -e {folder}/refuse ] && {{ echo 'Permission denied (publickey).' >&2; exit 255; }}
while [[ $1 == -* ]]; do shift 2; done
shift # who, and where
{setup}
command="$*"
command=${{command//\\/opt\\/fmbench\\/python\\/bin\\/python/{python}}}
exec bash -c "${{command//\\/opt\\/fmbench\\/package/{package}}}"
"""


def make_ssh(folder: Path, setup: str = ":") -> Path:
    """Write it into a folder for the path, below ``folder``, which also gets its log; returns the former.

    :param setup: what it does first to the environment of what it runs, in bash.
    """
    programs, package = folder / "programs", folder / "package"
    programs.mkdir()
    package.mkdir()
    program = programs / "ssh"
    program.write_text(_SSH.format(folder=folder, setup=setup, python=sys.executable, package=package))
    program.chmod(0o755)
    return programs


def calls_of(folder: Path) -> list[str]:
    """How it was called."""
    log = folder / "ssh.log"
    return log.read_text().splitlines() if log.exists() else []
