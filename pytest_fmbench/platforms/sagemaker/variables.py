"""From a stack's plan to the variables of its container: there is no command line on SageMaker. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.launch import Container
from pytest_fmbench.platforms.sagemaker.images import Hosting

MODEL_FOLDER = "/opt/ml/model"
"""Where SageMaker puts what model data names."""

_ITS_OWN = ("host", "port", "model", "model-path", "model-id")
"""Flags that the image sets itself, or is told by a variable of its own."""
_SWITCHES = ("true", "false")
_AS_THEY_ARE = ("allowed-origins", "allowed-methods", "allowed-headers", "middleware")
"""Flags whose values the image of vLLM never takes for lists."""

_LONGEST, _MOST = 1_024, 100
"""https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html"""


def variables_of(hosting: Hosting, container: Container, load: str, what: str) -> dict[str, str]:
    """The environment of ``container`` there.

    :param load: what it loads: a Hugging Face id, or the folder of model data.
    :param what: whose it is, for messages.
    :raises UsageError: for what variables cannot carry.
    """
    told = {**container.environment, **_as_variables(hosting, container.arguments, what), hosting.model: load}
    for name, value in told.items():
        if "{files}" in value or "{weights}" in value:
            raise UsageError(f"{what}: {name}={value} names files of this machine, which SageMaker does not see")
        if len(value) > _LONGEST:
            raise UsageError(f"{what}: {name} has {len(value)} characters; SageMaker takes {_LONGEST} at most")
    if len(told) > _MOST:
        raise UsageError(f"{what}: {len(told)} variables are more than the {_MOST} that SageMaker takes")
    return told


def _as_variables(hosting: Hosting, arguments: Sequence[str], what: str) -> dict[str, str]:
    if hosting.prefix is None:
        return {}
    found: dict[str, str] = {}
    for flag, values in _flags(arguments):
        if flag in _ITS_OWN:
            continue
        name = hosting.prefix + flag.upper().replace("-", "_")
        if not name.isidentifier() or flag != flag.lower().replace("_", "-"):
            raise UsageError(f"{what}: no variable of its image can be called after --{flag}")
        if name in found:
            raise UsageError(f"{what}: --{flag} is given twice, and a variable can be set but once")
        found[name] = _value(hosting, flag, values, what)
    return found


def _flags(arguments: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Each flag with its values; what stands before the first is the program, or the model."""
    begins = [nth for nth, word in enumerate(arguments) if word.startswith("--")]
    for begin, end in pairwise([*begins, len(arguments)]):
        flag, equals, value = arguments[begin].removeprefix("--").partition("=")
        yield flag, [*([value] if equals else []), *arguments[begin + 1 : end]]


def _value(hosting: Hosting, flag: str, values: Sequence[str], what: str) -> str:
    """``true`` stands for a flag without a value; where the image knows lists, one of a single word is that word."""
    if not values:
        return "true"
    if hosting.lists and (len(values) > 1 or (flag not in _AS_THEY_ARE and not _is_plain(values[0]))):
        return json.dumps(list(values))
    if len(values) > 1:
        raise UsageError(f"{what}: --{flag} takes {len(values)} words, and a variable of its image holds one")
    if hosting.prefix and not hosting.lists and values[0].strip().lower() in _SWITCHES:
        raise UsageError(f"{what}: its image takes --{flag} {values[0]} for a switch; give it without a value")
    return values[0]


def _is_plain(value: str) -> bool:
    """Whether an image that knows lists takes it as it is."""
    text = value.strip()
    if text.startswith("{"):
        return _is_json(text)  # one object stays as it is; several would be several words
    return bool(text) and text.lower() not in _SWITCHES and not text.startswith("[")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
