from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.stacks.card import Card, Flag
from pytest_fmbench.stacks.settings import Settings, nested, settings, spoken

CARD = Card(
    name="toy",
    documents=("https://example.org/toy",),
    dialects=("openai-chat",),
    knobs={
        "context": Flag(("--ctx", "{value}")),
        "max_batch": Flag(variables={"TOY_BATCH": "{value}"}),
        "prefix_cache": Flag(("--cache",), off=("--no-cache",)),
        "chunked_prefill": Flag(("--chunked",)),
        "memory_share": Flag(("--share={value}",)),
        "kv_precision": Flag(("--kv", "{value}")),
        "tensor_parallel": Flag(("--tp", "{value}")),
        "lora": Flag(("--lora", "{value}"), words=lambda value: tuple(str(value).split(","))),
    },
    precisions={"fp8": Flag(("--quant", "{value}")), "q4_1": Flag()},
    kv_precisions={"fp8": Flag(("--kv", "e4m3"))},
)


def found(
    options: Mapping[str, Option] | None = None, quantization: str | None = None, tensor_parallel: int = 1
) -> Settings:
    return settings(CARD, Deployment("m", "toy", "local", quantization, tensor_parallel, options=options or {}))


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"context": 10}, ("--ctx", "10")),
        ({"prefix_cache": True}, ("--cache",)),
        ({"prefix_cache": False}, ("--no-cache",)),
        ({"memory_share": 0.5}, ("--share=0.5",)),
        ({"kv_precision": "fp8"}, ("--kv", "e4m3")),
        ({"lora": "a=b,c=d"}, ("--lora", "a=b", "c=d")),
        ({"--rope": "x"}, ("--rope", "x")),
        ({"--eager": True}, ("--eager",)),
        ({"--eager": False}, ()),
        ({"dialect": "openai-chat", "image": "toy:1"}, ()),
    ],
)
def test_a_setting_is_spelt_as_the_stack_spells_it(options: dict[str, Option], arguments: tuple[str, ...]) -> None:
    assert found(options) == Settings(arguments)


def test_some_are_variables() -> None:
    assert found({"max_batch": 3, "OMP_NUM_THREADS": 2}).variables == {"TOY_BATCH": "3", "OMP_NUM_THREADS": "2"}


def test_precision_comes_first_and_parallel_last() -> None:
    assert found({"context": 8}, "fp8", tensor_parallel=2).arguments == ("--quant", "fp8", "--ctx", "8", "--tp", "2")


def test_defaults_give_way() -> None:
    deployment = Deployment("m", "toy", options={"context": 10})
    made = settings(CARD, deployment, {"context": 1, "max_batch": 2})
    assert made == Settings(("--ctx", "10"), {"TOY_BATCH": "2"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"context": 0}, r"option context=0 must be a whole number from 1$"),
        ({"context": True}, r"option context=True must be a whole number from 1$"),
        ({"memory_share": 1.1}, r"option memory_share=1.1 must be a number above 0 and up to 1$"),
        ({"prefix_cache": 1}, r"option prefix_cache=1 must be True or False$"),
        ({"lora": ""}, r"option lora='' must be a text$"),
        ({"chunked_prefill": False}, r"toy cannot turn 'chunked_prefill' off$"),
        ({"data_parallel": 2}, r"toy has no 'data_parallel'; it has chunked_prefill, context, "),
        ({"kv_precision": "int8"}, r"toy keeps no KV cache as int8; it can fp8$"),
    ],
)
def test_what_it_cannot_is_refused_with_what_it_can(options: dict[str, Option], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        found(options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"contxt": 3}, r"unknown option of stack 'toy': 'contxt', did you mean 'context'\? Known: "),
        ({"dialect": "ollama"}, r"unknown dialect of stack 'toy': 'ollama'. Known: openai-chat"),
        ({"kv_precision": "fp9"}, r"unknown precision 'fp9', did you mean "),
    ],
)
def test_unknown_names_list_the_known_ones(arguments: dict[str, Option], message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        found(arguments)


def test_a_precision_that_it_does_not_have_says_what_it_is_and_which_it_has() -> None:
    with pytest.raises(UsageError, match=r"toy cannot serve weights kept as awq \(4-bit .*\); it can fp8, q4_1$"):
        found({}, "awq")


def test_ggufs_types_may_say_so() -> None:
    assert found({}, "gguf-Q4_1") == Settings()


FILE = Card(
    name="filed",
    documents=("https://example.org/filed",),
    dialects=("tgi-generate", "openai-chat"),
    knobs={
        "context": Flag(entry="limits.context"),
        "tensor_parallel": Flag(entry="tp"),
        "prefix_cache": Flag(entry="cache"),
        "expert_parallel": Flag(entry="experts", off=(), sized=True),
        "speculative": Flag(entry="guess", made=lambda value: {"by": value}),
    },
    precisions={"bf16": Flag(entry="dtype", made=lambda _: "bfloat16")},
    own_entries=True,
)


@pytest.mark.parametrize(
    ("options", "entries"),
    [
        ({"context": 10}, {"limits.context": 10}),
        ({"prefix_cache": False}, {"cache": False}),
        ({"expert_parallel": True}, {"experts": 4}),
        ({"expert_parallel": False}, {}),
        ({"speculative": "ngram:1"}, {"guess": {"by": "ngram:1"}}),
        ({"limits.batch:": 2, "eager:": True}, {"eager": True, "limits.batch": 2}),
    ],
)
def test_a_setting_may_be_an_entry_of_a_file(options: dict[str, Option], entries: dict[str, object]) -> None:
    made = settings(FILE, Deployment("m", "filed", "local", "bf16", 4, options=options))
    assert made == Settings(entries={"dtype": "bfloat16", "tp": 4, **entries})


def test_an_entry_is_no_option_where_there_is_no_file() -> None:
    with pytest.raises(UnknownName, match=r"unknown option of stack 'toy': 'eager:'"):
        found({"eager:": True})


def test_dots_are_between_objects_in_objects() -> None:
    assert nested({"a.b.c": 1, "a.d": 2, "e": 3}) == {"a": {"b": {"c": 1}, "d": 2}, "e": 3}
    with pytest.raises(UsageError, match=r"'a\.b' lies in 'a', which has a value of its own; leave one"):
        nested({"a": 1, "a.b": 2})


def test_a_stack_speaks_its_usual_dialect_unless_asked_for_another() -> None:
    assert spoken(FILE, Deployment("m", "filed")) == "tgi-generate"
    assert spoken(FILE, Deployment("m", "filed", options={"dialect": "openai-chat"})) == "openai-chat"
