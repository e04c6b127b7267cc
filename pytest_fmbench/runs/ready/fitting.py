"""Whether a deployment can be at all: its precision on that hardware, its model in that memory. Nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.errors import UsageError
from pytest_fmbench.fit.architecture import Architecture, Unknown
from pytest_fmbench.fit.fitting import Fitting, fitting_ones
from pytest_fmbench.fit.gguf import read_metadata
from pytest_fmbench.fit.memory import STEP_TOKENS, Asked
from pytest_fmbench.fit.reading import read_config
from pytest_fmbench.fit.told import parallel, sentence, verdict
from pytest_fmbench.hardware.abilities import refusal
from pytest_fmbench.hardware.accelerators import ACCELERATORS
from pytest_fmbench.hardware.instances import INSTANCES, LOOKED_UP, Instance, find_instance
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.place import what_of
from pytest_fmbench.model.precision import PRECISIONS
from pytest_fmbench.platforms.devices import this_machine
from pytest_fmbench.stacks.card import Card, Taking
from pytest_fmbench.weights.at_hand import AtHand, at_hand

_TYPED = ("ec2", "sagemaker")
_CHANGE_WHAT_IS_LOADED = ("quant", "dtype", "offload", "gpu-memory", "mem-fraction", "max-model-len", "kv-cache-memory")
"""Parts of flags by which a stack is told, past us, what it loads and how much of it."""


def see_that_it_can_be(deployment: Deployment, plan: LaunchPlan, card: Card) -> None:
    """See that nothing known speaks against ``deployment``.

    :raises UsageError: for hardware that its stack does not run on, or of which there is too little, for a precision
        that the hardware does not compute, or in which the stack keeps no cache on it, and for a model that is too
        large.
    """
    instance = instance_of(deployment)
    if instance is None:
        return
    on_accelerators = plan.accelerators > 0
    if on_accelerators:
        _see_that_it_has_them(deployment, plan, card, instance)
        _see_that_it_keeps_its_cache(deployment, card, instance)
    kept = PRECISIONS.get((deployment.quantization or "").lower().removeprefix("gguf-"))
    refused = refusal(kept, instance, on_accelerators=on_accelerators) if kept and _known(instance, plan) else None
    if refused:
        raise UsageError(f"{deployment.id}: {refused}")
    found = fitting_of(deployment, plan, card)
    if isinstance(found, Fitting) and not found.fits:
        raise UsageError(f"{deployment.id}: too large for {_named(instance)}: {sentence(found)}. {advice(found)}")


def told(deployment: Deployment, plan: LaunchPlan, card: Card) -> str:
    """What is known of how ``deployment`` fits, in a line."""
    found = fitting_of(deployment, plan, card)
    return f"not checked: {found.reason}" if isinstance(found, Unknown) else f"{verdict(found)}: {sentence(found)}"


def fitting_of(deployment: Deployment, plan: LaunchPlan, card: Card) -> Fitting | Unknown:
    """``deployment`` on its hardware, or what keeps that from being known."""
    instance, taking = instance_of(deployment), card.taking
    if instance is None or not _known(instance, plan):
        return Unknown(_not_known(deployment, instance))
    own = next((name for name in deployment.options if _changes_what_is_loaded(name)), None)
    if taking is None or own:
        takes = f"what {card.name} takes of the memory is not known"
        return Unknown(f"{own} may change what is loaded" if own else takes)
    hand = at_hand(deployment.model, deployment.quantization)
    if hand is None:
        return Unknown(f"no config.json or GGUF file of {deployment.model} is at hand, and none is fetched for it")
    found = architecture_of(hand)
    if isinstance(found, Unknown):
        return found
    share = float(deployment.options.get("memory_share", taking.share))
    return Fitting(found, _asked(deployment, taking, found, hand), instance, share, plan.accelerators > 0)


def architecture_of(hand: AtHand) -> Architecture | Unknown:
    """What a model at hand is made of."""
    return read_metadata(hand.metadata) if hand.metadata else read_config(hand.config)


def instance_of(deployment: Deployment) -> Instance | None:
    """The hardware that ``deployment`` runs on; None where it is not known."""
    if deployment.platform == "local":
        return this_machine()
    return find_instance(what_of(deployment)) if deployment.platform in _TYPED else None


def advice(found: Fitting) -> str:
    """Which instance would do."""
    alike = [one for one in INSTANCES.values() if one.accelerator is None]
    if found.on_accelerators and found.instance.accelerator:
        vendor = found.instance.accelerator.vendor
        alike = [one for one in INSTANCES.values() if one.accelerator and one.accelerator.vendor == vendor]
    best = next(fitting_ones(found.of, found.asked, alike, found.share, on_accelerators=found.on_accelerators), None)
    if best is None:
        return f"None of the {len(alike)} instances that are listed has the room"
    return f"The smallest listed that fits is {_named(best.instance)}{parallel(best)}"


def _see_that_it_has_them(deployment: Deployment, plan: LaunchPlan, card: Card, instance: Instance) -> None:
    if not _known(instance, plan):
        return
    found = instance.accelerator
    if found is not None and card.vendors and found.vendor not in card.vendors:
        raise UsageError(
            f"{deployment.id}: {card.name} runs on accelerators of {' or '.join(card.vendors)}, and {_named(instance)} "
            f"is one of {found.vendor}"
        )
    if plan.accelerators > instance.devices:
        there = f"has {instance.devices}" if instance.devices else "has none"
        if instance.devices and deployment.platform in _TYPED:
            there += "; a server is cut over those of one instance, however many instances there are"
        raise UsageError(
            f"{deployment.id}: {card.name} takes {plan.accelerators} device{'' if plan.accelerators == 1 else 's'} "
            f"there, and {_named(instance)} {there}"
        )


def _see_that_it_keeps_its_cache(deployment: Deployment, card: Card, instance: Instance) -> None:
    name, found = str(deployment.options.get("kv_precision", "")), instance.accelerator
    rule = card.kv_rules.get(name)
    if rule is None or found is None or found.capability is None or rule.holds(found.capability):
        return
    able = [one.name for one in ACCELERATORS.values() if one.capability and rule.holds(one.capability)]
    raise UsageError(
        f"{deployment.id}: {card.name} keeps no KV cache as {name} on {found.name} ({found.kind}), which takes {rule}: "
        f"leave kv_precision out, or take one of {', '.join(able)}"
    )


def _known(instance: Instance, plan: LaunchPlan) -> bool:
    """Of this machine, GPUs are known only if they were found, and memory if the system says it."""
    here = instance.accelerator is not None if plan.accelerators else instance.memory_gib > 0
    return instance.name != "local" or here


def _not_known(deployment: Deployment, instance: Instance | None) -> str:
    if instance is None:
        return f"{deployment.instance} is not in the table of instances, which is of {LOOKED_UP}"
    return "what this machine has is not known; pip install nvidia-ml-py tells of NVIDIA's accelerators"


def _changes_what_is_loaded(option: str) -> bool:
    return option.startswith("-") and any(part in option for part in _CHANGE_WHAT_IS_LOADED)


def _asked(deployment: Deployment, taking: Taking, of: Architecture, hand: AtHand) -> Asked:
    options = deployment.options
    whole = of.context if taking.whole_context else 0
    return Asked(
        context=_count(options, "context", taking.context or whole) if taking.cache else 0,
        concurrency=_count(options, "max_batch", taking.max_batch) if taking.whole_batch else 1,
        quantization=None if hand.size else deployment.quantization,
        kv_precision=str(options["kv_precision"]) if "kv_precision" in options else None,
        tensor_parallel=deployment.tensor_parallel,
        pipeline_parallel=_count(options, "pipeline_parallel", 1),
        step_tokens=_count(options, "max_batch_tokens", taking.step_tokens or STEP_TOKENS),
        weights=hand.size,
    )


def _count(options: Mapping[str, Option], name: str, default: int) -> int:
    return int(options.get(name, default))


def _named(instance: Instance) -> str:
    return f"{'this machine' if instance.name == 'local' else instance.name} ({instance.hardware})"
