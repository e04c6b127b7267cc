"""Adapters of one model, such as LoRA's, that a server has at once: each request asks one of them, by weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.workload import Prompts
from pytest_fmbench.workloads.over import Over, over
from pytest_fmbench.workloads.weights import Weighted, weighted


@dataclass(frozen=True)
class Adapted:
    """Which adapter each request asks."""

    names: Weighted[str]
    takes: int = 1

    def changed(self, prompts: tuple[Prompt, ...], index: int, seed: int) -> Prompt:
        """The prompt, of the adapter that is drawn."""
        name = self.names.draw("adapter", index, seed)
        return replace(prompts[0], model=name, group=name)

    def models(self) -> tuple[str, ...]:
        """All adapters."""
        return self.names.choices


def adapters(weights: Mapping[str, float], workload: Prompts) -> Over:
    """``workload``, each of whose requests asks one of several adapters, drawn by weight.

    Reports tell their figures apart, and so does ``run.groups``.

    :param weights: by the names under which the server has them; its model without any adapter goes by its own name.
    :raises UsageError: for none, or for a weight that is not positive.
    """
    if isinstance(weights, Mapping) and not all(isinstance(name, str) and name for name in weights):
        raise UsageError(f"adapters({weights!r}): an adapter has a name, as the server's list of models has it")
    drawn = weighted("adapters: ", weights)
    return over(workload, Adapted(drawn), f"adapters({dict(weights)!r}, ")
