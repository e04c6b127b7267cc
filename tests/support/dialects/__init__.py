"""What every dialect must ask and understand, one family of stacks a file."""

from __future__ import annotations

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.errors import UsageError
from tests.support.dialects import (
    amazon,
    anthropic,
    hf,
    items,
    llamacpp,
    ollama,
    openai,
    responses,
    triton,
    triton_grpc,
)
from tests.support.dialects.base import Spoken

SPOKEN: dict[str, Spoken] = {
    **openai.SPOKEN,
    **responses.SPOKEN,
    **anthropic.SPOKEN,
    **hf.SPOKEN,
    **triton.SPOKEN,
    **triton_grpc.SPOKEN,
    **ollama.SPOKEN,
    **llamacpp.SPOKEN,
    **amazon.SPOKEN,
    **items.SPOKEN,
}


def _why_not(name: str) -> str:
    """Why a dialect cannot be spoken here; empty where it can."""
    try:
        DIALECTS[name]()
    except UsageError as error:
        return str(error)
    return ""


ABSENT: dict[str, str] = {name: why for name in DIALECTS if (why := _why_not(name))}
"""Dialects that take a package which is not installed."""

HERE = [name for name in DIALECTS if name not in ABSENT]
"""The others."""
