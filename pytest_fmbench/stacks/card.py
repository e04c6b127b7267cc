"""What is known of a stack, as data: its documents, image, knobs, precisions, metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pytest_fmbench.hardware.abilities import Rule
from pytest_fmbench.model.deployment import Option


def _as_it_is(value: Option) -> tuple[str, ...]:
    return (str(value),)


def _the_same(value: Option) -> object:
    return value


@dataclass(frozen=True)
class Flag:
    """How a stack spells a setting.

    :param on: its arguments. ``{value}`` in one is the value; an argument that is just that becomes one a word.
    :param off: the arguments of a switch that is off; None where it cannot be turned off.
    :param variables: of its environment instead, or as well; ``{value}`` likewise.
    :param words: what a value becomes.
    :param entry: of its configuration file instead: a key, with dots between those of objects in objects.
    :param made: what a value becomes there.
    :param sized: a switch that takes a number where it is on: over how many devices a copy is cut.
    :raises UsageError: from ``words`` and ``made``, for a value that the stack cannot take; without whose it is.
    """

    on: tuple[str, ...] = ()
    off: tuple[str, ...] | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    words: Callable[[Option], tuple[str, ...]] = _as_it_is
    entry: str = ""
    made: Callable[[Option], object] = _the_same
    sized: bool = False

    def __str__(self) -> str:
        texts = [" ".join(self.on), *(f"{name}={value}" for name, value in self.variables.items())]
        if self.entry:
            texts.append(f"{self.entry}:")
        return " ".join(text for text in texts if text) or "(its default)"


@dataclass(frozen=True)
class Taking:
    """What a server takes of the memory at its start, as far as that can be foreseen.

    :param share: of a device, or of the host, where nothing is said of it.
    :param cache: it starts only with room for what is cached; else it serves shorter requests, or fewer.
    :param context: tokens of a request where nothing is said of them; 0 is not known.
    :param whole_context: where nothing is said, it starts only with room for a request of the model's whole context.
    :param whole_batch: it starts only with room for as many requests as it serves at once; else for one.
    :param max_batch: how many that are where nothing is said of it.
    :param step_tokens: that a step computes where nothing is said of them; 0 is not known.
    """

    share: float = 1.0
    cache: bool = True
    context: int = 0
    whole_context: bool = False
    whole_batch: bool = False
    max_batch: int = 1
    step_tokens: int = 0


@dataclass(frozen=True)
class Card:
    """A stack, as ``fmbench stacks`` shows it.

    :param documents: where what is here was looked up.
    :param tested: on what it has been run for real, such as ``"0.32 on CPU"``; empty where only documents were read.
    :param dialects: names of the wire forms that its server speaks, the usual one first.
    :param image: of its container, with a tag; empty where there is none.
    :param knobs: how it spells those of :data:`~pytest_fmbench.stacks.knobs.KNOBS` that it has, and
        ``tensor_parallel``.
    :param precisions: how it is told to serve weights that are kept as each
        :data:`~pytest_fmbench.model.precision.PRECISIONS`; what is not here, it cannot serve.
    :param kv_precisions: the same of its KV cache.
    :param kv_rules: which NVIDIA devices its kernels keep a cache so on, where its documents say that not all do.
    :param metrics: words of :data:`~pytest_fmbench.model.telemetry.SERVER` to its series at ``metrics_path``.
    :param metrics_ports: by dialect, the port of ``metrics_path`` where that is usually another one than the one that
        serves; 0 is another each time.
    :param vendors: of the accelerators that it computes on; empty is not known, or none.
    :param taking: what it takes of their memory; None is not known, as where what is too much goes to the host's.
    :param started: its servers are started by us; else they run already.
    :param own_flags: its command takes flags of its own beside the knobs.
    :param own_entries: its configuration file takes entries of its own beside the knobs.
    :param facts: as :class:`~pytest_fmbench.model.launch.LaunchPlan` has them.
    """

    name: str
    documents: tuple[str, ...]
    dialects: tuple[str, ...]
    tested: str = ""
    image: str = ""
    knobs: Mapping[str, Flag] = field(default_factory=dict)
    precisions: Mapping[str, Flag] = field(default_factory=dict)
    kv_precisions: Mapping[str, Flag] = field(default_factory=dict)
    kv_rules: Mapping[str, Rule] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    metrics_path: str = "/metrics"
    metrics_ports: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    vendors: tuple[str, ...] = ()
    taking: Taking | None = None
    started: bool = True
    own_flags: bool = True
    own_entries: bool = False


OPENAI = ("openai-chat", "openai-chat-whole", "openai-completions", "openai-completions-whole")
"""Dialects of a server that has OpenAI's two routes for texts."""
