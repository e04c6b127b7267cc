"""The arithmetic of a fitting, for people."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_fmbench.fit.fitting import GIB, Fitting
from pytest_fmbench.fit.memory import cache_bytes, kept_as, token_bytes
from pytest_fmbench.fit.parameters import parameters


def lines(found: Fitting) -> Iterator[str]:
    """A line for each part of the need, and one for what there is."""
    needed, cut = found.need, "" if found.devices == 1 else f", cut over {found.devices}"
    for name, size, how in (
        ("weights", needed.weights, _weights(found) + cut),
        ("KV cache", needed.cache, _cache(found)),
        ("activations", needed.activations, _activations(found)),
        ("runtime", needed.runtime, "the least that it was seen to take"),
    ):
        if size:
            yield f"  {name:<11}  {gib(size):>11}  {how}"
    each = "on each device" if found.devices > 1 else ""
    yield f"  {'needed':<11}  {gib(needed.total):>11}  {each}".rstrip()
    yield f"  {'there is':<11}  {gib(found.room):>11}  {_room(found)}"


def sentence(found: Fitting) -> str:
    """The same in one line."""
    needed, each = found.need, " on each device" if found.devices > 1 else ""
    parts = (
        ("weights", needed.weights, f" as {_kept(found)}"),
        ("KV cache", needed.cache, f" for {_requests(found)}"),
        ("activations", needed.activations, ""),
        ("runtime", needed.runtime, ""),
    )
    told = ", ".join(f"{name} {gib(size)}{more}" for name, size, more in parts if size)
    return f"it needs {gib(needed.total)}{each} ({told}), and there is {gib(found.room)} ({_room(found)})"


def verdict(found: Fitting) -> str:
    """Whether it fits, and how many requests at once."""
    where = f"{found.instance.name} ({found.instance.hardware})"
    if found.on_accelerators and found.devices > found.instance.devices:
        return f"{where}: does not fit: it is cut over {found.devices} devices, and there are {found.instance.devices}"
    if not found.fits:
        return f"{where}: does not fit, for want of {gib(found.need.total - found.room)}"
    at_once = f"; {requests(found.at_once)} of {found.asked.context:,} tokens at once, at most"
    left = f"{gib(found.room - found.need.total)} are left{at_once if found.asked.context else ''}"
    return f"{where}{parallel(found)}: fits; {left}"


def parallel(found: Fitting) -> str:
    """How it is cut, as a deployment says it; empty where it is not."""
    tensor, pipeline = found.asked.tensor_parallel, found.asked.pipeline_parallel
    told = [f"tensor_parallel={tensor}"] if tensor > 1 else []
    told += [f"pipeline_parallel={pipeline}"] if pipeline > 1 else []
    return f" with {', '.join(told)}" if told else ""


def requests(many: int) -> str:
    """So many, in words."""
    return f"{many:,} request{'' if many == 1 else 's'}"


def gib(size: int) -> str:
    """Bytes in GiB, to the hundredth."""
    return f"{size / GIB:,.2f} GiB"


def _kept(found: Fitting) -> str:
    return "the file has them" if found.asked.weights else kept_as(found.of, found.asked).name


def _weights(found: Fitting) -> str:
    if found.asked.weights:
        return f"the file, {found.asked.weights:,} bytes"
    kept = kept_as(found.of, found.asked)
    return f"{parameters(found.of).total:,} parameters as {kept.name} ({kept.bits:g} bits)"


def _cache(found: Fitting) -> str:
    of, asked = found.of, found.asked
    each = token_bytes(of, asked) * of.layers
    window = f", {of.windowed} of {of.layers} layers keep {of.window:,} at most" if of.window else ""
    stages = "" if cache_bytes(of, asked) == found.need.cache else f", in {asked.pipeline_parallel} stages"
    return f"{each:,} bytes a token, {_requests(found)}{window}{stages}"


def _requests(found: Fitting) -> str:
    return f"{requests(found.asked.concurrency)} of {found.asked.context:,} tokens"


def _activations(found: Fitting) -> str:
    tokens = min(found.asked.step_tokens, found.asked.context * found.asked.concurrency)
    return f"at least, with {tokens:,} tokens in a step"


def _room(found: Fitting) -> str:
    if not found.on_accelerators:
        whole, name = found.instance.host_bytes, "of the host"
    else:
        whole, accelerator = found.instance.device_bytes, found.instance.accelerator
        part = "device of " if accelerator and accelerator.parts > 1 else ""
        name = f"of each {part}{accelerator.name if accelerator else ''}"
    return f"{found.share:.0%} of {gib(whole)} {name}"
