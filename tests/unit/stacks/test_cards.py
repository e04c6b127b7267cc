"""What holds for every stack of the catalog."""

from __future__ import annotations

import pytest

from pytest_fmbench.catalog import DIALECTS, STACKS
from pytest_fmbench.errors import UsageError
from pytest_fmbench.hardware.accelerators import NEURON, NVIDIA
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.model.precision import PRECISIONS
from pytest_fmbench.model.telemetry import SERVER
from pytest_fmbench.stacks.card import Card
from pytest_fmbench.stacks.knobs import KNOBS, Kind

EXAMPLES: dict[str, Option] = {"kv_precision": "fp8", "speculative": "ngram:3", "lora": "a=/b"}
STARTED = [stack for stack in STACKS if STACKS[stack]().card.started]
VALUES: dict[Kind, Option] = {Kind.COUNT: 2, Kind.SHARE: 0.5}


def card(stack: str) -> Card:
    return STACKS[stack]().card


def plan(stack: str, **options: Option) -> LaunchPlan:
    return STACKS[stack]().plan(Deployment("org/model", stack, options=options))


@pytest.mark.parametrize("stack", STACKS)
def test_its_card_uses_our_words(stack: str) -> None:
    found = card(stack)
    assert found.name == stack
    assert found.documents
    assert all(address.startswith("https://") for address in found.documents)
    assert found.dialects
    assert set(found.dialects) <= set(DIALECTS)
    assert set(found.knobs) <= {*KNOBS, "tensor_parallel"}
    assert set(found.precisions) | set(found.kv_precisions) <= set(PRECISIONS)
    assert set(found.metrics) <= set(SERVER)
    assert ("kv_precision" in found.knobs) == bool(found.kv_precisions)


@pytest.mark.parametrize("stack", STARTED)
def test_it_computes_where_it_says(stack: str) -> None:
    """A card that is made of another one's must not keep its hardware."""
    found = card(stack)
    assert set(found.vendors) <= {NVIDIA, NEURON}
    assert (found.vendors == (NEURON,)) == stack.endswith("neuron")
    if plan(stack).accelerators == 0:
        assert not found.vendors


@pytest.mark.parametrize("stack", STARTED)
def test_its_server_can_be_started_and_found(stack: str) -> None:
    planned = plan(stack)
    assert planned.command or planned.container
    assert planned.dialect == card(stack).dialects[0]
    assert planned.ready_path.startswith("/")
    assert planned.served_model
    if planned.command:
        text = " ".join((*planned.command, *planned.environment.values(), *planned.files.values()))
        assert "{port}" in text
        assert planned.needs
        assert planned.install
    if planned.container:
        assert ":" in planned.container.image
        assert not planned.container.image.endswith(":")


def turned(stack: str, knob: str) -> LaunchPlan:
    flag = card(stack).knobs[knob]
    if knob == "tensor_parallel":
        return STACKS[stack]().plan(Deployment("org/model", stack, tensor_parallel=2))
    if knob == "kv_precision":
        return plan(stack, kv_precision=next(iter(card(stack).kv_precisions)))
    if KNOBS[knob].kind is Kind.SWITCH:  # some are on anyhow, and can only be turned off
        return plan(stack, **{knob: bool(flag.on or flag.entry)})
    return plan(stack, **{knob: EXAMPLES.get(knob, VALUES.get(KNOBS[knob].kind, "x"))})


@pytest.mark.parametrize(("stack", "knob"), [(stack, knob) for stack in STACKS for knob in card(stack).knobs])
def test_each_of_its_knobs_changes_what_is_started(stack: str, knob: str) -> None:
    told = [(one.command, one.environment, one.container, one.files) for one in (plan(stack), turned(stack, knob))]
    assert told[0] != told[1]


@pytest.mark.parametrize("stack", STARTED)
def test_a_container_and_a_process_are_told_the_same(stack: str) -> None:
    planned = plan(stack)
    if planned.command and planned.container:
        assert set(planned.container.environment.items()) <= set(planned.environment.items())


@pytest.mark.parametrize("stack", STARTED)
def test_it_refuses_what_it_cannot_serve(stack: str) -> None:
    missing = next(name for name in PRECISIONS if name not in card(stack).precisions)
    with pytest.raises(UsageError, match=rf"{stack} cannot serve weights kept as {missing}"):
        STACKS[stack]().plan(Deployment("org/model", stack, quantization=missing))


@pytest.mark.parametrize("stack", STARTED)
def test_what_it_has_written_into_files_it_is_told_of(stack: str) -> None:
    planned = plan(stack)
    container = planned.container or Container("none")
    told = (*planned.command, *planned.environment.values(), *container.arguments, *container.environment.values())
    assert bool(planned.files) == any("{files}" in word for word in told)
    assert all(path.startswith("/") for path, _ in planned.facts.values())
