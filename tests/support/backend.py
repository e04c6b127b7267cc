"""A server with OpenAI's chat as what really answers behind a stand-in: what it says, as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Told:
    """A piece of a reply: text, or why and how it ended."""

    text: str = ""
    reason: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@contextmanager
def answered_by(backend: str, body: Mapping[str, Any]) -> Iterator[HTTPResponse]:
    """The response to a chat; the body is asked as it is."""
    with closing(HTTPConnection(urlsplit(backend).netloc, timeout=60)) as connection:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        with connection.getresponse() as response:
            assert response.status == 200, response.read()
            yield response


def told_by(backend: str, messages: Sequence[Mapping[str, str]], limit: int) -> Iterator[Told]:
    """What a chat is answered, token by token, and last its totals."""
    asked = {"model": "m", "messages": messages, "max_tokens": limit, "temperature": 0, "stream": True}
    reason, usage = "", dict[str, Any]()
    with answered_by(backend, {**asked, "stream_options": {"include_usage": True}}) as response:
        for said in _events(response):
            usage = said.get("usage") or usage
            for choice in said.get("choices") or ():
                reason = choice.get("finish_reason") or reason
                if choice["delta"].get("content"):
                    yield Told(choice["delta"]["content"])
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    yield Told("", reason, usage["prompt_tokens"], usage["completion_tokens"], cached)


def written_by(backend: str, body: Mapping[str, Any]) -> Iterator[bytes]:
    """What a chat is answered, as it is written, in pieces as they come."""
    with answered_by(backend, body) as response:
        while piece := response.read1(200):
            yield piece


def _events(response: HTTPResponse) -> Iterator[dict[str, Any]]:
    for line in iter(response.readline, b""):
        data = line.strip().removeprefix(b"data: ")
        if data.startswith(b"{"):
            yield json.loads(data)
