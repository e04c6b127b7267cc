"""How a dialect asks for the likeliest token each time, so that the same prompt is answered alike."""

from __future__ import annotations

from collections.abc import Mapping

_TEMPERATURE: Mapping[str, object] = {"temperature": 0}
_GREEDY: Mapping[str, Mapping[str, object]] = {
    "ollama-": {"options": _TEMPERATURE},
    "bedrock-converse": {"inferenceConfig": _TEMPERATURE},
    "bedrock-invoke-nova": {"inferenceConfig": _TEMPERATURE},
    "bedrock-invoke-titan": {"textGenerationConfig": _TEMPERATURE},
    "hf-inputs": {"parameters": {"do_sample": False}},
    "tgi-generate": {"parameters": {"do_sample": False}},
    "sagemaker-inputs": {"parameters": {"do_sample": False}},
}
"""By how a dialect's name begins; the others have a field of that name in their JSON."""


def greedy(dialect: str) -> Mapping[str, object]:
    """Fields of a request."""
    return next((fields for begin, fields in _GREEDY.items() if dialect.startswith(begin)), _TEMPERATURE)
