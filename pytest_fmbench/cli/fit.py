"""``fmbench fit``: how much memory a model takes, and which instances have it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_fmbench.cli.base import Command
from pytest_fmbench.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from pytest_fmbench.fit.architecture import Architecture
    from pytest_fmbench.fit.fitting import Fitting
    from pytest_fmbench.fit.memory import Asked
    from pytest_fmbench.hardware.instances import Instance

_COUNTS = {
    "context": "tokens of a request, prompt and reply together (the model's own)",
    "concurrency": "requests of that context at once (1)",
    "tensor-parallel": "devices that layers are cut over, at least (1)",
    "pipeline-parallel": "stages that the layers are cut into (1)",
}
_SHARE = 0.92
_SHOWN = 12


def _arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL", help="a GGUF file, a folder with a config.json, or an id in the Hugging Face cache")
    add("--instance", metavar="TYPE", help="such as g6.xlarge or ml.g6.xlarge; looks through all without it")
    add("--quantization", metavar="Q", help="what the weights are kept as, such as fp8 or awq (as they come)")
    add("--kv-precision", metavar="P", help="what the KV cache is kept as, such as fp8 (16 bits)")
    for name, told in _COUNTS.items():
        add(f"--{name}", metavar="N", type=int, default=0, help=told)
    share = f"of a device's memory that the server takes ({_SHARE:g}, as vLLM does)"
    add("--memory-share", metavar="P", type=float, default=_SHARE, help=share)


def _run(arguments: Namespace) -> int:
    from pytest_fmbench.fit.fitting import fitting_ones
    from pytest_fmbench.fit.told import lines, verdict

    _see_that_it_can_be_asked(arguments)
    of, asked = _wanted(arguments)
    on_accelerators, choice = not asked.weights, _instances(arguments.instance)
    if arguments.instance:
        on_accelerators = on_accelerators and choice[0].accelerator is not None
    share = arguments.memory_share if on_accelerators else 1.0
    found = list(fitting_ones(of, asked, choice, share, on_accelerators=on_accelerators))
    shown = found[0] if found else _closest(of, asked, choice, share, on_accelerators=on_accelerators)
    _see_that_it_computes(shown)
    print("\n".join((_described(arguments.model, of, asked), verdict(shown), *lines(shown))))
    if not arguments.instance:
        print("\n".join(_table(found)))
    return 0 if found else 1


def _wanted(arguments: Namespace) -> tuple[Architecture, Asked]:
    from pytest_fmbench.fit.architecture import Unknown
    from pytest_fmbench.fit.memory import Asked
    from pytest_fmbench.runs.ready.fitting import architecture_of
    from pytest_fmbench.weights.at_hand import at_hand

    hand = at_hand(arguments.model, arguments.quantization)
    if hand is None:
        raise UsageError(
            f"model {arguments.model!r}: no config.json or GGUF file of it is on this machine, and nothing is fetched. "
            "Pass a folder that has its config.json, or put that into the Hugging Face cache: hf download MODEL "
            "config.json"
        )
    of = architecture_of(hand)
    if isinstance(of, Unknown):
        raise UsageError(f"model {arguments.model!r}: {of.reason}")
    context = arguments.context or of.context
    if not context:
        raise UsageError(f"model {arguments.model!r} does not say for how many tokens it was made; give --context N")
    return of, Asked(
        context,
        arguments.concurrency or 1,
        None if hand.size else arguments.quantization,
        arguments.kv_precision,
        arguments.tensor_parallel or 1,
        arguments.pipeline_parallel or 1,
        weights=hand.size,
    )


def _see_that_it_can_be_asked(arguments: Namespace) -> None:
    from pytest_fmbench.model.precision import precision

    for name in _COUNTS:
        if (value := getattr(arguments, name.replace("-", "_"))) < 0:
            raise UsageError(f"--{name} {value}: it counts from 1")
    if not 0 < arguments.memory_share <= 1:
        raise UsageError(f"--memory-share {arguments.memory_share:g}: give a number above 0 and up to 1")
    for name in (arguments.quantization, arguments.kv_precision):
        if name:
            precision(name)


def _instances(name: str | None) -> Sequence[Instance]:
    from pytest_fmbench.hardware.instances import INSTANCES, find_instance

    if name is None:
        return list(INSTANCES.values())
    found = find_instance(name)
    if found is None:
        raise UnknownName("instance type", name, INSTANCES)
    return [found]


def _closest(
    of: Architecture, asked: Asked, choice: Sequence[Instance], share: float, *, on_accelerators: bool
) -> Fitting:
    """On the one that there is, or the largest, cut over as many devices as it has."""
    from dataclasses import replace

    from pytest_fmbench.fit.fitting import Fitting, divides

    def memory(one: Instance) -> int:
        return one.devices * one.device_bytes if on_accelerators else one.host_bytes

    largest = max(choice, key=memory)
    cuts = [cut for cut in range(1, largest.devices + 1) if divides(of, cut) and on_accelerators]
    most = max((cut for cut in cuts if cut * asked.pipeline_parallel <= largest.devices), default=1)
    cut = replace(asked, tensor_parallel=max(most, asked.tensor_parallel))
    return Fitting(of, cut, largest, share, on_accelerators)


def _see_that_it_computes(shown: Fitting) -> None:
    from pytest_fmbench.fit.memory import kept_as
    from pytest_fmbench.hardware.abilities import refusal

    asked = shown.asked.quantization
    refused = asked and refusal(kept_as(shown.of, shown.asked), shown.instance, on_accelerators=shown.on_accelerators)
    if refused:
        raise UsageError(f"{shown.instance.name}: {refused}")


def _described(model: str, of: Architecture, asked: Asked) -> str:
    from pytest_fmbench.fit.parameters import parameters

    many = f"a file of {asked.weights:,} bytes" if asked.weights else f"{parameters(of).total:,} parameters"
    return f"{model}: {of.kind}, {many}, made for {of.context:,} tokens"


def _table(found: Sequence[Fitting]) -> Iterator[str]:
    from pytest_fmbench.fit.told import gib, parallel, requests

    if not found:
        yield "\nno instance of the table has the room"
        return
    yield "\ninstances that it fits, smallest memory first:"
    for one in found[:_SHOWN]:
        instance = one.instance
        whole = instance.devices * instance.device_bytes if one.on_accelerators else instance.host_bytes
        row = f"  {instance.name:<16} {instance.hardware:<18} {gib(whole):>13}  {requests(one.at_once)} at once"
        yield row + parallel(one)
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN} larger ones"


COMMAND = Command("fit", "tell how much memory a model takes, and which instances have it", _arguments, _run)
