"""What this machine has: modules and programs, a container runtime that answers, accelerators."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

RUNTIMES = ("docker", "podman", "nerdctl")
"""Container runtimes, in the order in which they are tried."""

NVIDIA, NEURON = "NVIDIA", "Neuron"
_ADMINISTRATORS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_ANSWER_S = 20.0
_TELL_VERSIONS = """
import importlib.metadata, sys
for name in sys.argv[1:]:
    try:
        print(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        print()
"""


@dataclass(frozen=True)
class Accelerators:
    """Devices of one kind.

    :param kind: ``"NVIDIA"`` or ``"Neuron"``; empty where there are none.
    :param names: as CUDA and container runtimes know them, or Neuron's device files by their number.
    """

    kind: str = ""
    names: tuple[str, ...] = ()


NONE = Accelerators()
"""Of no kind."""


def has(need: str, python: str = "") -> bool:
    """Whether a plan's need is here: a Python module, or ``/program`` on the path; no need always is.

    :param python: that has to have the module; empty is ours.
    """
    if need.startswith("/"):
        return shutil.which(need[1:]) is not None
    if not need:
        return True
    if python not in ("", sys.executable):
        return _has(python, need)
    try:
        return find_spec(need) is not None
    except ModuleNotFoundError:  # of the package that it is in
        return False


def _has(python: str, module: str) -> bool:
    look = "import sys, importlib.util as found; sys.exit(not found.find_spec(sys.argv[1]))"
    try:
        looked = subprocess.run((python, "-c", look, module), capture_output=True, check=False, timeout=_ANSWER_S)
    except (OSError, subprocess.TimeoutExpired):
        return False  # no such Python
    return looked.returncode == 0


def versions_of(packages: Sequence[str], python: str = "") -> dict[str, str]:
    """The version of each of these distributions; those that are not installed are left out.

    :param python: that has them; empty is ours.
    """
    if not packages:
        return {}
    try:
        command = (python or sys.executable, "-c", _TELL_VERSIONS, *packages)
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_ANSWER_S)
    except (OSError, subprocess.TimeoutExpired):
        return {}  # no such Python
    return {name: version for name, version in zip(packages, told.stdout.splitlines(), strict=False) if version}


def program(name: str) -> str | None:
    """Where a program lies: on the path, or where those for administrators are; None where it does not."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_ADMINISTRATORS)))


def container_runtime() -> tuple[str, str]:
    """The first container runtime that answers; an empty name where none does, and why."""
    told = []
    for name in RUNTIMES:
        if shutil.which(name) is None:
            continue
        problem = _problem(name)
        if not problem:
            return name, ""
        told.append(f"{name} does not answer: {problem}")
    return "", "; ".join(told) or f"there is no {', '.join(RUNTIMES[:-1])} or {RUNTIMES[-1]} on the path"


def _problem(runtime: str) -> str:
    """What keeps a runtime from listing its containers, in a line; empty where nothing does."""
    try:
        done = subprocess.run(
            (runtime, "ps", "--quiet"), capture_output=True, text=True, check=False, timeout=_ANSWER_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
    return lines[-1] if done.returncode else ""


def accelerators(root: Path = Path("/"), variables: Mapping[str, str] = os.environ) -> Accelerators:
    """The machine's GPUs, of those that ``CUDA_VISIBLE_DEVICES`` leaves where it is set; else its Neuron devices."""
    gpus = _names(root / "proc/driver/nvidia/gpus", ".+") or _names(root / "dev", r"nvidia\d+")
    if gpus:
        chosen = variables.get("CUDA_VISIBLE_DEVICES")
        return Accelerators(NVIDIA, tuple(map(str, range(len(gpus)))) if chosen is None else _chosen(chosen))
    neuron = _names(root / "dev", r"neuron\d+")
    numbers = sorted(int(name.removeprefix("neuron")) for name in neuron)
    return Accelerators(NEURON, tuple(map(str, numbers))) if neuron else NONE


def _chosen(text: str) -> tuple[str, ...]:
    """As CUDA reads it: up to the first that is none."""
    names = [name.strip() for name in text.split(",")]
    end = next((nth for nth, name in enumerate(names) if name in ("", "-1")), len(names))
    return tuple(names[:end])


def _names(folder: Path, pattern: str) -> list[str]:
    try:
        return [path.name for path in folder.iterdir() if re.fullmatch(pattern, path.name)]
    except OSError:
        return []  # there is no such driver
