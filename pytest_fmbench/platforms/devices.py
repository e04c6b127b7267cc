"""This machine, as an instance: what it has to compute on."""

from __future__ import annotations

import os
import platform
from functools import cache

from pytest_fmbench.hardware.instances import Instance
from pytest_fmbench.platforms.cores import available
from pytest_fmbench.platforms.nvidia import gpus


@cache
def this_machine() -> Instance:
    """Its cores, its memory (0 where the system does not say) and its accelerators.

    GPUs are seen through NVML, where ``nvidia-ml-py`` is installed; of different ones, the smallest counts for all.
    """
    found = gpus().each
    return Instance(
        name="local",
        vcpus=available(),
        memory_gib=_memory() / (1 << 30),
        architecture=platform.machine(),
        accelerator=min(found, key=lambda one: one.memory_mib, default=None),
        count=len(found),
    )


def _memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0
