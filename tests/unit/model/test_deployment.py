from __future__ import annotations

import copy
import pickle
import re
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment

UNHURRIED = settings(deadline=None)
WORD = st.from_regex(r"[a-z0-9]([a-z0-9_.]{0,6}[a-z0-9])?", fullmatch=True)
NAME = st.from_regex(r"[a-z]{1,4}", fullmatch=True).filter(lambda name: name not in {"tp", "x"})
VALUE = st.booleans() | st.integers(-9, 99) | st.from_regex(r"[a-z]{1,4}", fullmatch=True)
PLAIN = st.builds(
    Deployment,
    model=WORD,
    stack=WORD,
    instance=st.just("local") | st.builds("url:http://{}:{}/v1".format, WORD, st.integers(1, 65535)),
    quantization=st.none(),
    tensor_parallel=st.integers(1, 8),
    replicas=st.integers(1, 8) | st.just("max"),
    options=st.dictionaries(NAME, VALUE, max_size=3),
)
"""Deployments whose every value a file name could hold."""

ANY = st.builds(
    Deployment,
    model=st.text(min_size=1),
    stack=st.text(min_size=1),
    instance=st.text(min_size=1),
    quantization=st.none() | st.text(),
    tensor_parallel=st.integers(1, 8),
    options=st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.floats() | st.integers(), max_size=3),
)


@pytest.mark.parametrize(
    ("deployment", "identity"),
    [
        (Deployment("smollm2-135m", "llamacpp"), "smollm2-135m+llamacpp+local"),
        (Deployment("smollm2-135m", "llamacpp", quantization="q4_1"), "smollm2-135m-q4_1+llamacpp+local"),
        (Deployment("llama-3.1-8b", "vllm", "ec2:g6e.2xlarge"), "llama-3.1-8b+vllm+ec2_g6e.2xlarge"),
        (Deployment("m", "vllm", tensor_parallel=2, replicas=3), "m+vllm,tp=2,x=3+local"),
        (Deployment("m", "vllm", replicas="max"), "m+vllm,x=max+local"),
        (Deployment("m", "vllm", options={"slots": 4, "fast": True}), "m+vllm,fast=True,slots=4+local"),
        (Deployment("m", "endpoint", "url:http://127.0.0.1:80/v1"), "m+endpoint+url_http_127.0.0.1_80_v1"),
    ],
)
def test_an_id_is_model_stack_and_instance(deployment: Deployment, identity: str) -> None:
    assert deployment.id == identity
    assert str(deployment) == identity


@pytest.mark.parametrize(
    ("model", "read"),
    [
        ("meta-llama/Llama-3.1-8B", "llama-3.1-8b"),
        ("/weights/Mine.gguf", "mine"),
        ("C:\\weights\\Mine.gguf", "mine"),
        ("folder/", "folder"),
    ],
)
def test_a_model_is_known_by_its_last_name(model: str, read: str) -> None:
    assert Deployment(model, "s").id.startswith(f"{read}+s")


@UNHURRIED
@given(PLAIN, PLAIN)
@example(Deployment("m", "s"), Deployment("m", "s", replicas=2))
@example(Deployment("m", "s", tensor_parallel=2), Deployment("m", "s", replicas=2))
@example(Deployment("m", "s", options={"a": -1}), Deployment("m", "s", options={"a": 1}))
@example(Deployment("m", "s", options={"a": 1, "b": 2}), Deployment("m", "s", options={"a": 12}))
def test_deployments_that_differ_have_ids_that_differ(one: Deployment, other: Deployment) -> None:
    assert (one.id == other.id) == (_written(one) == _written(other))


def _written(deployment: Deployment) -> str:
    """Its values as a person would write them, so that 1 and True are not the same."""
    return repr(deployment)


@UNHURRIED
@given(ANY)
@example(Deployment("a-b+c", "d-e+f", "url:http://g-h:1/v1", "q-8", options={"i-j": "k+l", "m": -1.5}))
def test_an_id_can_be_cut_out_of_a_node_id(deployment: Deployment) -> None:
    model, stack, instance = deployment.id.split("+")
    assert re.fullmatch(r"[A-Za-z0-9_.,=-]*", model)
    assert re.fullmatch(r"[A-Za-z0-9_.,=]*", stack + instance)


@pytest.mark.parametrize(("model", "stack"), [("模型", "s"), ("m", "栈"), ("/", "s")])
def test_every_part_of_an_id_says_something(model: str, stack: str) -> None:
    assert all(Deployment(model, stack).id.split("+"))


@pytest.mark.parametrize("field", ["model", "stack", "instance"])
def test_an_empty_name_is_refused(field: str) -> None:
    names: dict[str, Any] = {"model": "m", "stack": "s", "instance": "local"}
    with pytest.raises(UsageError, match=rf"^Deployment\.{field} is empty"):
        Deployment(**names | {field: ""})


@pytest.mark.parametrize("field", ["tensor_parallel", "replicas"])
@pytest.mark.parametrize("value", [0, -1])
def test_counts_begin_at_one(field: str, value: int) -> None:
    with pytest.raises(UsageError, match=rf"^Deployment\.{field} is {value}; it counts from 1(, or is 'max')?$"):
        Deployment("m", "s", **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["tensor_parallel", "replicas"])
@pytest.mark.parametrize("value", [1.5, "2", None, True])
def test_a_count_that_is_no_whole_number_is_refused(field: str, value: Any) -> None:
    with pytest.raises(UsageError, match=field):
        Deployment("m", "s", **{field: value})


def test_the_order_of_options_says_nothing() -> None:
    one = Deployment("m", "s", options={"b": 1, "a": 2})
    assert list(one.options) == ["a", "b"]
    assert (one, one.id) == (other := Deployment("m", "s", options={"a": 2, "b": 1}), other.id)


def test_options_are_the_deployments_own() -> None:
    options: dict[str, str | int | float | bool] = {"a": 1}
    deployment = Deployment("m", "s", options=options)
    options["a"] = 2
    assert deployment.options == {"a": 1}


def test_it_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Deployment("m", "s").replicas = 2  # type: ignore[misc]


@UNHURRIED
@given(PLAIN)
def test_equal_deployments_stand_for_each_other(deployment: Deployment) -> None:
    for same in (copy.deepcopy(deployment), pickle.loads(pickle.dumps(deployment))):  # noqa: S301
        assert (same, hash(same), same.id) == (deployment, hash(deployment), deployment.id)


@pytest.mark.parametrize(
    ("instance", "platform", "place"),
    [
        ("local", "local", ""),
        ("ec2:g6e.2xlarge", "ec2", "g6e.2xlarge"),
        ("url:http://127.0.0.1:8000/v1", "url", "http://127.0.0.1:8000/v1"),
    ],
)
def test_an_instance_is_a_platform_and_a_place(instance: str, platform: str, place: str) -> None:
    deployment = Deployment("m", "s", instance)
    assert (deployment.platform, deployment.place) == (platform, place)


def test_only_replicas_can_be_as_many_as_fit() -> None:
    with pytest.raises(UsageError, match=r"^Deployment\.tensor_parallel is 'max'; it counts from 1(, or is 'max')?$"):
        Deployment("m", "s", tensor_parallel="max")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"^Deployment\.replicas is 'all'; it counts from 1, or is 'max'$"):
        Deployment("m", "s", replicas="all")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["HF_TOKEN", "NGC_API_KEY", "AWS_SECRET", "--api-key", "AWS_ACCESS_KEY_ID", "password"]
)
def test_a_secret_is_no_option(name: str) -> None:
    with pytest.raises(
        UsageError, match=rf"^Deployment option '{name}' names a secret, .*; export it instead"
    ) as caught:
        Deployment("m", "s", options={name: "hf_abc"})
    assert "hf_abc" not in str(caught.value)


@pytest.mark.parametrize("name", ["max_batch_tokens", "--max-num-batched-tokens", "MAX_TOKENS", "--tokenizer"])
def test_what_only_sounds_like_one_is(name: str) -> None:
    assert Deployment("m", "s", options={name: 1}).options == {name: 1}
