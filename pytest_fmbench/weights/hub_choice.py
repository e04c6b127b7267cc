"""Which file of a repository is meant. Knows names only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.weights.hub_id import HubId

_PART = re.compile(r"-(?P<number>\d{5})-of-(?P<parts>\d{5})\.gguf$", re.IGNORECASE)
_COMPANION = re.compile(r"(?<![a-z0-9])(mmproj|imatrix)(?![a-z0-9])", re.IGNORECASE)
"""GGUF files that lie beside models without being one: an image encoder's projector, what a quantizer measured."""


def choose(names: Iterable[str], wanted: HubId, quantization: str | None) -> str:
    """The one of a repository's files that is meant.

    :raises UnknownName: no file is called so, or none has that quantization in its name; lists those there are.
    :raises UsageError: there is no GGUF file, several fit, or the one that fits is split into parts.
    """
    offered = list(names)
    found = matching(offered, wanted, quantization)
    if not found:
        raise _none_fits(_models(offered), wanted, quantization)
    if len(found) > 1:
        raise _several_fit(found, wanted, quantization)
    if part := _PART.search(found[0]):
        raise UsageError(
            f"model {str(wanted)!r}: {found[0]} is split into {int(part['parts'])} files, which cannot be fetched yet. "
            "Choose a quantization that is one file, or join the parts with `llama-gguf-split --merge` and pass the "
            "path of the result"
        )
    return found[0]


def matching(names: Iterable[str], wanted: HubId, quantization: str | None) -> list[str]:
    """Those of a repository's files that can be meant, sorted; of a split one, its first part.

    A file that is named is itself, whatever the quantization, as with paths.
    """
    if wanted.file is not None:
        return sorted(name for name in names if wanted.file in (name, PurePosixPath(name).name))
    return [name for name in _models(names) if quantization is None or _holds(name, quantization)]


def _models(names: Iterable[str]) -> list[str]:
    ggufs = (name for name in names if name.lower().endswith(".gguf") and not _COMPANION.search(name))
    return sorted(name for name in ggufs if (part := _PART.search(name)) is None or int(part["number"]) == 1)


def _holds(name: str, quantization: str) -> bool:
    """As a word: q4_k is in x-Q4_K.gguf and x_q4_k.gguf, not in x-Q4_K_M.gguf; f16 is not in x-BF16.gguf."""
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(quantization)}(?![a-z0-9_])", name, re.IGNORECASE))


def _none_fits(models: list[str], wanted: HubId, quantization: str | None) -> UsageError:
    if not models:
        return UsageError(
            f"model {str(wanted)!r}: there is no GGUF file of a model in {wanted.repository}. Look on the Hub for a "
            "repository of the same model that has some (their names often end in -GGUF), or pass the path of one"
        )
    if wanted.file is not None:
        return UnknownName(f"GGUF file of {wanted.repository}", wanted.file, models)
    return UnknownName(f"quantization of {wanted}", str(quantization), models)


def _several_fit(found: list[str], wanted: HubId, quantization: str | None) -> UsageError:
    which = "" if quantization is None or wanted.file else f" with {quantization!r} in their names"
    example = f"{wanted.repository}/{PurePosixPath(found[0]).name}"
    return UsageError(
        f"model {str(wanted)!r}: {wanted.repository} has {len(found)} GGUF files{which}: {', '.join(found)}. Name a "
        f"quantization that only one of them has in its name, or the file: {example!r}"
    )
