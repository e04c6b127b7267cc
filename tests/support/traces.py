"""Small files in the shapes of published traces, and where real ones lie."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.model.prompt import Prompt

SHARED = Path(os.environ.get("FMBENCH_SHARED", Path(__file__).parents[3] / "shared/data"))
"""A folder with data that is no part of the project."""

OVERHEAD = 31


def count(prompt: Prompt) -> int:
    """A model each of whose words is a token, and whose template takes 31."""
    return OVERHEAD + len(prompt.messages[0].content.partition(": ")[2].split())


def real(name: str) -> Path:
    """A published trace; skips the test where it is not at hand."""
    path = SHARED / "traces" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there; FMBENCH_SHARED names the folder that holds traces/")
    return path


def written(path: Path, lines: Iterable[str], *, end: str = "\n", packed: bool = False) -> Path:
    """Leave a file of lines, without an end behind the last; returns it."""
    content = end.join(lines).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def json_lines(path: Path, rows: Iterable[Mapping[str, Any]], *, packed: bool = False) -> Path:
    """Leave a file of JSON lines; returns it."""
    return written(path, map(json.dumps, rows), packed=packed)


def mooncake(at_ms: float, tokens: int, blocks: Iterable[int] = (), output: int = 4) -> dict[str, Any]:
    """A row of Mooncake's."""
    return {"timestamp": at_ms, "input_length": tokens, "output_length": output, "hash_ids": [*blocks]}


def captured(at: str, usage: Mapping[str, int] | None, encoding: str = "JSON") -> dict[str, Any]:
    """A row of SageMaker Data Capture's."""
    from base64 import b64encode

    reply = json.dumps({"id": "r", "choices": [], **({"usage": usage} if usage else {})})
    data = b64encode(reply.encode()).decode() if encoding == "BASE64" else reply
    side = {"observedContentType": "application/json", "encoding": encoding}
    asked = {
        **side,
        "mode": "INPUT",
        "data": '{"messages": [{"role": "user", "content": "Hello"}]}',
        "encoding": "JSON",
    }
    return {
        "captureData": {"endpointInput": asked, "endpointOutput": {**side, "mode": "OUTPUT", "data": data}},
        "eventMetadata": {"eventId": "e", "inferenceTime": at},
        "eventVersion": "0",
    }
