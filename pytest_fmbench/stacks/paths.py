"""What options name beside the model that may lie on this machine: adapters, and a model that guesses."""

from __future__ import annotations

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.stacks.speculation import guess


def named_paths(deployment: Deployment) -> tuple[str, ...]:
    """Paths, or ids of the Hub, as the deployment's knobs ``lora`` and ``speculative`` have them."""
    adapters = str(deployment.options.get("lora", "")).split(",")
    named = [part.strip().rpartition("=")[2] for part in adapters]
    if "speculative" in deployment.options:
        named.append(guess(deployment.options["speculative"]).model)
    return tuple(dict.fromkeys(filter(None, named)))
