"""What stacks have in common that serve llama.cpp's files: how a file is asked for by its precision."""

from __future__ import annotations

from dataclasses import replace

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.precision import PRECISIONS
from pytest_fmbench.stacks.card import Flag

IN_FILES = {name: Flag() for name, one in PRECISIONS.items() if one.gguf or name in ("fp32", "bf16", "fp16")}
"""The file says how its weights are kept, so no flag does."""


def kept(deployment: Deployment) -> str | None:
    """The word that the file's name is looked for by: a type of llama.cpp's files, without ``gguf-`` before it."""
    return (deployment.quantization or "").lower().removeprefix("gguf-") or None


def in_our_words(deployment: Deployment) -> Deployment:
    """``deployment`` with a precision that we have a word for; any other may be in the name of a repository's file."""
    word = kept(deployment)
    return replace(deployment, quantization=word if word in PRECISIONS else None)
