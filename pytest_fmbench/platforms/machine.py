"""What this machine is, as far as figures depend on it: the same each time, found out at once."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

from pytest_fmbench.model.conditions import UNKNOWN, Plain
from pytest_fmbench.platforms.cores import available
from pytest_fmbench.platforms.nvidia import gpus

_GIB = 1 << 30
_CPUINFO = Path("/proc/cpuinfo")
_ARM = ("CPU implementer", "CPU part")
"""What ARM processors call themselves by, who have no model name."""


def machine() -> dict[str, Plain]:
    """Its CPU, architecture, the cores that we may use, and memory to the GiB."""
    return {"cpu": _cpu(), "architecture": platform.machine(), "cores": available(), "memory_gib": _memory_gib()}


def with_gpus() -> dict[str, Plain]:
    """The same, and its GPUs and their driver where it has some, for what is computed here."""
    found = gpus()
    if not found.each:
        return machine()
    counts = Counter(one.name for one in found.each)
    names = ", ".join(f"{count} x {name}" for name, count in counts.items())
    return machine() | {"gpus": names, "gpu_driver": found.driver}


@cache
def _cpu() -> str:
    if sys.platform == "darwin":
        return _asked("sysctl", "-n", "machdep.cpu.brand_string") or UNKNOWN
    try:
        return cpu_named_in(_CPUINFO.read_text("utf-8", "replace"))
    except OSError:
        return platform.processor() or UNKNOWN


def cpu_named_in(cpuinfo: str) -> str:
    """The first processor that ``/proc/cpuinfo`` tells of, in one line."""
    lines = (line.partition(":") for line in reversed(cpuinfo.splitlines()))
    found = {name.strip(): " ".join(text.split()) for name, _, text in lines}
    return found.get("model name") or " ".join(f"{name} {found[name]}" for name in _ARM if name in found) or UNKNOWN


def _asked(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ""  # a system without it does not say
    return re.sub(r"\s+", " ", done.stdout).strip()


def _memory_gib() -> Plain:
    """What the system may use, rounded, since a kernel keeps some to itself, and each version another bit of it."""
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIB)
    except (AttributeError, ValueError, OSError):
        return UNKNOWN
