"""Wire forms of the mock's replies, one file each. Adding one is its file and its line here."""

from __future__ import annotations

from pytest_fmbench.model.registry import Registry
from pytest_fmbench.testing.shapes.base import Shape

_HERE = "pytest_fmbench.testing.shapes"

SHAPES: Registry[Shape] = Registry(
    "shape",
    {
        "openai-chat": f"{_HERE}.openai_chat:SHAPE",
        "openai-completions": f"{_HERE}.openai_completions:SHAPE",
        "tgi": f"{_HERE}.tgi:SHAPE",
        "triton": f"{_HERE}.triton:SHAPE",
        "ollama": f"{_HERE}.ollama:SHAPE",
        "sagemaker": f"{_HERE}.sagemaker:SHAPE",
        "bedrock": f"{_HERE}.bedrock:SHAPE",
        **{name: f"{_HERE}.items:SHAPES[{name}]" for name in ("openai-images", "openai-embeddings", "rerank")},
    },
)

__all__ = ["SHAPES", "Shape"]
