"""What is served: model x quantization x serving stack x instance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_fmbench.errors import UsageError

Option = str | int | float | bool

_SECRET = re.compile(r"(?:^|[-_])(?:TOKEN|API[-_]?KEY|ACCESS[-_]?KEY(?:_ID)?|SECRET|PASSWORD)$", re.IGNORECASE)


@dataclass(frozen=True)
class Deployment:
    """A model, served by a stack, on an instance.

    :param model: a name that the stack knows, a path of a local model file, or a Hugging Face id.
    :param stack: the serving software, such as ``"llamacpp"``.
    :param instance: where it runs: ``"local"`` or ``"url:http://host:port/v1"``.
    :param quantization: the weights' precision, such as ``"q4_1"``; None is the model's only or own one.
    :param tensor_parallel: accelerators that one replica is cut over.
    :param replicas: copies behind the endpoint; ``"max"`` is as many as there are devices for.
    :param options: settings by name: those that several stacks have (``fmbench stacks`` lists them), and a stack's own
        flags (``"--swap-space"``) and variables (``"OMP_NUM_THREADS"``) as it spells them; a stack refuses others.
        Everybody's are ``dialect``, the wire form, such as ``"openai-completions"``, and ``image``, of the container.
    :raises UsageError: for a value that can never work, at construction.
    """

    model: str
    stack: str
    instance: str = "local"
    quantization: str | None = None
    tensor_parallel: int = 1
    replicas: int | Literal["max"] = 1
    options: Mapping[str, Option] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in ("model", "stack", "instance"):
            if not getattr(self, name):
                raise UsageError(f"Deployment.{name} is empty; give it a name")
        _see_that_it_counts("tensor_parallel", self.tensor_parallel)
        if self.replicas != "max":
            _see_that_it_counts("replicas", self.replicas, ", or is 'max'")
        for name in filter(names_a_secret, self.options):
            raise UsageError(
                f"Deployment option {name!r} names a secret, and options are shown in every report; export it instead: "
                "servers get the environment of pytest, and containers tokens of Hugging Face and NGC"
            )
        object.__setattr__(self, "options", dict(sorted(self.options.items())))

    @property
    def platform(self) -> str:
        """Name of the platform: the instance up to its first colon."""
        return self.instance.partition(":")[0]

    @property
    def place(self) -> str:
        """What the platform is to use: the instance after its first colon; empty for ``"local"``."""
        return self.instance.partition(":")[2]

    @property
    def dialect(self) -> str:
        """Name of the wire form that is spoken with it: its option ``dialect``, else OpenAI's chat, streamed."""
        return str(self.options.get("dialect", "openai-chat"))

    @property
    def id(self) -> str:
        """``model+stack+instance``, for node ids, ``-k`` and file names.

        The last two parts hold no hyphen, so that the id can be cut out of a node id in which pytest joins
        parameters by hyphens. Whatever differs from the defaults is part of it. It is for reading and leaves out
        what would not read well, such as a model's organisation; a session refuses two deployments of one id.
        """
        model = re.split(r"[/\\]", self.model.rstrip("/\\"))[-1].removesuffix(".gguf").lower()
        parts = [model, *([self.quantization] if self.quantization else [])]
        knobs = {"tp": self.tensor_parallel, "x": self.replicas}
        changed = {name: value for name, value in knobs.items() if value != 1} | dict(self.options)
        suffix = "".join(f",{name}={value}" for name, value in changed.items())
        return "+".join(
            (_plain("-".join(parts), "-") or "_", _plain(self.stack + suffix) or "_", _plain(self.instance))
        )

    def __str__(self) -> str:
        return self.id


def names_a_secret(name: str) -> bool:
    """Whether a setting that is called so would hold a secret."""
    return _SECRET.search(name) is not None


def _see_that_it_counts(name: str, value: object, otherwise: str = "") -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"Deployment.{name} is {value!r}; it counts from 1{otherwise}")


def _plain(text: str, extra: str = "") -> str:
    """``text`` with everything replaced that a node id, a shell or a file name could trip over."""
    return re.sub(rf"[^A-Za-z0-9_.,={re.escape(extra)}]+", "_", text).strip("_")
