"""A need held against an instance, and instances looked through for one that will do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pytest_fmbench.fit.architecture import Architecture
from pytest_fmbench.fit.memory import Asked, Need, kept_as, need
from pytest_fmbench.hardware.abilities import computes, processor_computes
from pytest_fmbench.hardware.instances import Instance

GIB = 1 << 30


@dataclass(frozen=True)
class Fitting:
    """A model on an instance.

    :param share: of a device's memory, or of the host's where the CPU computes, that its server may take.
    """

    of: Architecture
    asked: Asked
    instance: Instance
    share: float
    on_accelerators: bool

    @property
    def need(self) -> Need:
        """What each device needs; where the CPU computes, the host."""
        return need(self.of, self.asked, on_accelerators=self.on_accelerators)

    @property
    def room(self) -> int:
        """What each device gives, in bytes."""
        whole = self.instance.device_bytes if self.on_accelerators else self.instance.host_bytes
        return int(whole * self.share)

    @property
    def devices(self) -> int:
        """That it is cut over."""
        return self.asked.tensor_parallel * self.asked.pipeline_parallel

    @property
    def fits(self) -> bool:
        """There are as many devices, and each has the room."""
        enough = not self.on_accelerators or self.devices <= self.instance.devices
        return enough and self.need.total <= self.room

    @property
    def at_once(self) -> int:
        """Requests of the whole context that there is room for; 0 where there is none for the weights."""
        one = replace(self.asked, concurrency=1)
        alone = need(self.of, one, on_accelerators=self.on_accelerators)
        left = self.room - (alone.total - alone.cache)
        return max(0, left // alone.cache) if alone.cache else 0


def fitting_ones(
    of: Architecture, asked: Asked, instances: Iterable[Instance], share: float, *, on_accelerators: bool
) -> Iterator[Fitting]:
    """Those of ``instances`` that ``of`` fits, smallest memory first, each cut over as few devices as that takes.

    Tensor parallelism is as asked, or larger: a power of two that the heads can be divided by.
    """
    for instance in sorted(instances, key=lambda one: _size(one, on_accelerators=on_accelerators)):
        if not _able(of, asked, instance, on_accelerators=on_accelerators):
            continue
        for cut in _cuts(of, asked.tensor_parallel) if on_accelerators else (1,):
            found = Fitting(of, replace(asked, tensor_parallel=cut), instance, share, on_accelerators)
            if found.fits:
                yield found
                break


def _size(one: Instance, *, on_accelerators: bool) -> tuple[int, int, str]:
    memory = one.devices * one.device_bytes if on_accelerators else one.host_bytes
    return memory, one.vcpus, one.name


def _able(of: Architecture, asked: Asked, instance: Instance, *, on_accelerators: bool) -> bool:
    if not on_accelerators:
        return instance.accelerator is None and processor_computes(instance.architecture, kept_as(of, asked))
    if instance.accelerator is None:
        return False
    if asked.quantization is None and of.quantization is None:
        return True  # 16-bit floats of either kind
    return computes(instance.accelerator, kept_as(of, asked))


def _cuts(of: Architecture, least: int) -> Iterator[int]:
    cut = least
    while cut <= of.heads:
        if divides(of, cut):
            yield cut
        cut *= 2


def divides(of: Architecture, tensor_parallel: int) -> bool:
    """Whether heads come out even: as many on each device, or each on as many of them."""
    kv_heads = of.heads if of.latent else of.kv_heads
    even = kv_heads % tensor_parallel == 0 or tensor_parallel % kv_heads == 0
    return of.heads % tensor_parallel == 0 and even
