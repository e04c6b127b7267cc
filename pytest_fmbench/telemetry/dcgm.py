"""NVIDIA's DCGM exporter, in the same words as NVML.

Source: https://github.com/NVIDIA/dcgm-exporter/blob/main/etc/default-counters.csv for names and units;
https://docs.nvidia.com/datacenter/dcgm/latest/dcgm-api/ for what stands where there is no value (``dcgm_structs.h``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.telemetry import GPU
from pytest_fmbench.telemetry.base import Reading, Subject
from pytest_fmbench.telemetry.exposition import Labels, Page, page_of, readings
from pytest_fmbench.telemetry.page import Asker
from pytest_fmbench.telemetry.throttling import throttling


class Field(NamedTuple):
    """A field of DCGM, and how much of our unit one of its is."""

    name: str
    factor: float


FIELDS = {
    "utilization": Field("DCGM_FI_DEV_GPU_UTIL", 1e-2),
    "memory": Field("DCGM_FI_DEV_FB_USED", 2.0**20),
    "power": Field("DCGM_FI_DEV_POWER_USAGE", 1.0),
    "sm_clock": Field("DCGM_FI_DEV_SM_CLOCK", 1e6),
    "energy": Field("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 1e-3),
}
"""Our words, and what the exporter calls them."""

REASONS = ("DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS")
"""The same by its new and its old name; not among those that it exports unless told to."""

_NAMES = (*(field.name for field in FIELDS.values()), *REASONS)
_BLANK_INTEGER = 9.2e18
_BLANK_FLOATS = (140_737_488_355_328.0, 140_737_488_355_331.0)
"""Where DCGM has no value it gives one that none can be."""


class Dcgm:
    """All GPUs that an exporter tells of.

    :raises TelemetryFault: when none was named, or its page cannot be had or tells of no GPU.
    """

    family = "gpu"
    words: Collection[str] = [*GPU]

    def __init__(self, subject: Subject) -> None:
        if subject.dcgm_url is None:
            raise TelemetryFault("none was named: --fmbench-dcgm-url")
        self._asker = Asker(subject.dcgm_url)
        try:
            self._see_that_it_tells(subject.dcgm_url)
        except TelemetryFault:
            self.close()
            raise

    def sample(self) -> Sequence[Reading]:
        """The page as it is now."""
        return list(told(page_of(self._asker.text(), _NAMES)))

    def close(self) -> None:
        """Close the connection."""
        self._asker.close()

    def _see_that_it_tells(self, url: str) -> None:
        if not self.sample():
            raise TelemetryFault(f"{url} tells of no GPU")


def told(page: Page) -> Iterator[Reading]:
    """What a page says of each GPU. Pure."""
    known = {name: [one for one in samples if not _is_blank(one[1])] for name, samples in page.items()}
    names = {word: field.name for word, field in FIELDS.items()}
    for one in readings(known, names, GPU, _device):
        yield one._replace(value=one.value * FIELDS[one.name].factor)
    reasons = next((known[name] for name in REASONS if known.get(name)), ())
    for labels, bits in reasons:
        yield from throttling(int(bits), _device(labels))


def _device(labels: Labels) -> str:
    """A GPU, or a part of one, of a host."""
    parts = (labels.get(name, "") for name in ("Hostname", "gpu", "GPU_I_ID"))
    return "/".join(part for part in parts if part)


def _is_blank(value: float) -> bool:
    return value >= _BLANK_INTEGER or _BLANK_FLOATS[0] <= value <= _BLANK_FLOATS[1]
