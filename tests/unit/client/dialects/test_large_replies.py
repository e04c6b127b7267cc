"""A reply of images as base64 may take 20 MB: read in one piece, from a socket to its record, with few copies."""

from __future__ import annotations

import resource

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.prompt import Message, Prompt, Wanted
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.testing import Asked, Write, serving
from pytest_fmbench.testing.responses import head

SIZE = 20_000_000
BODY = b'{"created":1,"data":[{"b64_json":"' + b"iVBORw0K" * (SIZE // 8) + b'"}]}'


def answer(asked: Asked) -> list[Write]:
    assert asked.method == "POST"
    fields = {"Content-Type": "application/json", "Content-Length": str(len(BODY))}
    return [Write(head(200, fields) + BODY)]


def test_base64_of_20_mb_is_one_image() -> None:
    asked = Prompt((Message("user", "A lighthouse"),), max_tokens=0, wanted=Wanted.IMAGES)
    with serving(answer) as mock:
        asking = Asking(Endpoint(f"{mock.url}/v1", "m", "openai-images"), DIALECTS["openai-images"]())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = asking.ask(asked)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (found.status, found.error, found.items) == ("ok", None, 1)
    assert len(found.chunk_ns) == 1
    assert found.sent_ns is not None
    assert found.chunk_ns[0] > found.sent_ns
    assert grown < 12 * SIZE / 1024  # in KiB, the mock's own included
