from __future__ import annotations

import pytest

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.stacks.paths import named_paths

ADAPTERS = "sql=/adapters/sql, law=org/law"
DRAFT = "/models/draft"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ()),
        ({"lora": ADAPTERS}, ("/adapters/sql", "org/law")),
        ({"lora": "/a,/a"}, ("/a",)),
        ({"speculative": "ngram:3"}, ()),
        ({"speculative": f"{DRAFT}:3", "lora": "a=/a"}, ("/a", DRAFT)),
    ],
)
def test_adapters_and_a_model_that_guesses(options: dict[str, Option], expected: tuple[str, ...]) -> None:
    assert named_paths(Deployment("m", "vllm", options=options)) == expected


NAMED_BY = [
    pytest.param(stack, knob, id=f"{stack}-{knob}")
    for stack in STACKS
    for knob in ("lora", "speculative")
    if knob in STACKS[stack]().card.knobs and stack not in ("tgi", "llama_cpp_python") * (knob == "speculative")
]


@pytest.mark.parametrize(("stack", "knob"), NAMED_BY)
def test_whatever_a_container_s_arguments_name_is_one_of_the_plans_paths(stack: str, knob: str) -> None:
    options: dict[str, Option] = {"lora": ADAPTERS} if knob == "lora" else {"speculative": f"{DRAFT}:3"}
    plan = STACKS[stack]().plan(Deployment("org/model", stack, options=options))
    named = [path for path in ("/adapters/sql", DRAFT) if plan.container and path in " ".join(plan.container.arguments)]
    assert set(named) <= set(plan.paths)
    assert named or knob == "speculative", "a guessing model may stand in a file or a variable"
