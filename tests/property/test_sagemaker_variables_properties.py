"""Flags that become variables are the same flags again, once AWS's image has read them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from pytest_fmbench.model.launch import Container
from pytest_fmbench.platforms.sagemaker.images import HOSTINGS
from pytest_fmbench.platforms.sagemaker.variables import variables_of

_NAMES = st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+){0,3}", fullmatch=True).filter(
    lambda name: name not in ("host", "port", "model", "model-path", "model-id")
)
_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda word: not word.startswith("--") and "{files}" not in word and "{weights}" not in word
)


def read_by_the_image(variables: Mapping[str, str]) -> dict[str, list[str]]:
    """As ``scripts/docker/vllm/sagemaker_args.py`` of https://github.com/aws/deep-learning-containers does it."""
    found: dict[str, list[str]] = {}
    for name, value in variables.items():
        if not name.startswith("SM_VLLM_") or name == "SM_VLLM_MODEL":
            continue
        flag = name.removeprefix("SM_VLLM_").lower().replace("_", "-")
        if value.strip().lower() == "true":
            found[flag] = []
        elif value.strip().lower() == "false":
            continue
        elif value.strip().startswith("[") and value.strip().endswith("]"):
            found[flag] = [str(one) for one in json.loads(value)]
        else:
            found[flag] = [value]
    return found


@given(st.dictionaries(_NAMES, st.lists(_WORDS, max_size=3), max_size=8))
@example({"chunked-prefill-size": ["-1"]})
@example({"a": ["true"], "b": ["False"], "c": ["[1]"], "d": ["{} {}"], "e": [" "]})
@example({})
@example({"config": ["k=v"], "lora-modules": ["a=/x y", 'b="z"']})
def test_what_is_told_is_what_is_heard(flags: dict[str, list[str]]) -> None:
    arguments = ["org/name", *(word for name, values in flags.items() for word in (f"--{name}", *values))]
    told = variables_of(HOSTINGS["vllm"], Container("i", tuple(arguments)), "org/name", "d")
    assert read_by_the_image(told) == flags
    assert told["SM_VLLM_MODEL"] == "org/name"
