"""What can be set in several stacks, under one name each. What only one has is passed through as that one spells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Option
from pytest_fmbench.model.numbers import is_count, is_number


class Kind(Enum):
    """What a knob takes."""

    COUNT = "a whole number from 1"
    SHARE = "a number above 0 and up to 1"
    SWITCH = "True or False"
    TEXT = "a text"


@dataclass(frozen=True)
class Knob:
    """A setting of several stacks."""

    kind: Kind
    meaning: str


KNOBS: Mapping[str, Knob] = {
    "context": Knob(Kind.COUNT, "tokens of one request, prompt and reply together, at most"),
    "max_batch": Knob(Kind.COUNT, "requests that are served at once, at most"),
    "max_batch_tokens": Knob(Kind.COUNT, "tokens that one step computes, at most"),
    "chunked_prefill": Knob(Kind.SWITCH, "long prompts are computed in parts, between the tokens of other requests"),
    "prefix_cache": Knob(Kind.SWITCH, "what prompts begin with alike is computed once"),
    "memory_share": Knob(Kind.SHARE, "of a device's memory, for weights and cache together"),
    "kv_share": Knob(Kind.SHARE, "of the memory that the weights leave free, for the KV cache"),
    "kv_precision": Knob(Kind.TEXT, "what the KV cache is kept as, such as 'fp8'"),
    "pipeline_parallel": Knob(Kind.COUNT, "stages that the layers are cut into"),
    "data_parallel": Knob(Kind.COUNT, "copies inside the server, which share its requests"),
    "expert_parallel": Knob(Kind.SWITCH, "experts are spread over the devices instead of cut"),
    "speculative": Knob(Kind.TEXT, "'ngram:N' or 'MODEL:N': N tokens are guessed ahead, from the prompt or by a model"),
    "lora": Knob(Kind.TEXT, "adapters, 'name=path' with commas between them; asked for by name"),
    "threads": Knob(Kind.COUNT, "cores that compute, where no accelerator does"),
}


def checked(name: str, value: Option, what: str) -> Option:
    """``value``, if it is one for the knob of that ``name``.

    :param what: whose it is, for the message.
    :raises UsageError: where it is not.
    """
    kind = KNOBS[name].kind
    if not _FITS[kind](value):
        raise UsageError(f"{what}: option {name}={value!r} must be {kind.value}")
    return value


_FITS: Mapping[Kind, Callable[[Option], bool]] = {
    Kind.COUNT: is_count,
    Kind.SHARE: lambda value: is_number(value) and 0 < value <= 1,
    Kind.SWITCH: lambda value: isinstance(value, bool),
    Kind.TEXT: lambda value: isinstance(value, str) and value != "",
}
