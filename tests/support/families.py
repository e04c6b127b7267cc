"""How Bedrock and SageMaker write a reply: event streams whose frames hold what models and containers say."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.testing.shapes.event_stream import event, frame
from tests.support.backend import Told
from tests.support.dialects.base import compact

Messages = list[dict[str, str]]
_REASONS = {"stop": "end_turn", "length": "max_tokens"}


@dataclass(frozen=True)
class Family:
    """What a form is asked, taken apart, and how it is answered; ``limit`` is the most output tokens."""

    is_asked: Callable[[Mapping[str, Any]], bool]
    messages: Callable[[Mapping[str, Any]], Messages]
    limit: Callable[[Mapping[str, Any]], int]
    written: Callable[[Iterable[Told]], Iterator[bytes]]


def converse_frames(told: Iterable[Told]) -> Iterator[bytes]:
    yield _json_event("messageStart", {"role": "assistant"})
    for name, said in _converse_events(told):
        yield _json_event(name, said)


def exception(name: str, message: str, spelled: str = "message") -> bytes:
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, compact({spelled: message}))


def part(data: bytes) -> bytes:
    """What SageMaker makes of what a container wrote."""
    return event("PayloadPart", data, "application/octet-stream")


def inputs_lines(told: Iterable[Told]) -> Iterator[bytes]:
    """Lines of a container that takes ``inputs``, each in two parts."""
    text = ""
    for one in told:
        said: dict[str, Any] = {"token": {"id": 1, "text": one.text, "log_prob": -0.1}}
        text += one.text
        if one.reason:
            details = {"finish_reason": one.reason, "generated_tokens": one.output_tokens}
            said = {"token": {"id": 2, "text": "", "log_prob": 0.0}, "generated_text": text, "details": details}
        line = compact(said) + b"\n"
        yield part(line[:7])
        yield part(line[7:])


def generated(told: Iterable[Told]) -> Iterator[bytes]:
    """Events of Triton's generate extension, which counts tokens as vLLM's model does where it is asked to."""
    for one in told:
        said = {
            "text_output": one.text,
            "finish_reason": one.reason or "None",
            "num_output_tokens": int(bool(one.text)),
        }
        yield part(b"data: " + compact(said) + b"\n\n")


def _converse_events(told: Iterable[Told]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in told:
        if one.text:
            yield "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": one.text}}
            continue
        yield "contentBlockStop", {"contentBlockIndex": 0}
        yield "messageStop", {"stopReason": _REASONS[one.reason]}
        usage = {
            "inputTokens": one.input_tokens - one.cached_tokens,
            "outputTokens": one.output_tokens,
            "totalTokens": one.input_tokens + one.output_tokens,
            "cacheReadInputTokens": one.cached_tokens,
        }
        yield "metadata", {"usage": usage, "metrics": {"latencyMs": 1}}


def _anthropic(told: Iterable[Told]) -> Iterator[bytes]:
    yield _chunk({"type": "message_start", "message": {"role": "assistant", "usage": {}}})
    for one in told:
        if one.text:
            yield _chunk({"type": "content_block_delta", "delta": {"type": "text_delta", "text": one.text}})
            continue
        ended = {"delta": {"stop_reason": _REASONS[one.reason]}, "usage": {"output_tokens": one.output_tokens}}
        yield _chunk({"type": "message_delta", **ended})
        yield _chunk({"type": "message_stop", **_metrics(one)})


def _nova(told: Iterable[Told]) -> Iterator[bytes]:
    return (_chunk({name: said}) for name, said in _converse_events(told))


def _llama(told: Iterable[Told]) -> Iterator[bytes]:
    counted = 0
    for one in told:
        counted += bool(one.text)
        ended = {"stop_reason": one.reason, **_metrics(one)} if one.reason else {"stop_reason": None}
        count = one.output_tokens if one.reason else counted
        yield _chunk({"generation": one.text, "generation_token_count": count, **ended})


def _metrics(one: Told) -> dict[str, Any]:
    counts = {"inputTokenCount": one.input_tokens, "outputTokenCount": one.output_tokens}
    return {"amazon-bedrock-invocationMetrics": {**counts, "invocationLatency": 2, "firstByteLatency": 1}}


def _chunk(said: object) -> bytes:
    return _json_event("chunk", {"bytes": b64encode(compact(said)).decode()})


def _json_event(name: str, said: Mapping[str, Any]) -> bytes:
    return event(name, compact({**said, "p": "abcdefgh"}))  # with letters that hide the length, as Bedrock has them


def _flat(body: Mapping[str, Any]) -> Messages:
    """Messages whose contents are blocks of text, after the system's."""
    system = body.get("system") or []
    said = [{"role": "system", "content": system}, *body["messages"]] if system else body["messages"]
    return [{"role": one["role"], "content": _text(one["content"])} for one in said]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(block["text"] for block in content)


def _prompt(body: Mapping[str, Any]) -> Messages:
    return [{"role": "user", "content": body["prompt"]}]


CONVERSE = Family(lambda _: True, _flat, lambda body: int(body["inferenceConfig"]["maxTokens"]), converse_frames)
INVOKED = (
    Family(lambda body: "anthropic_version" in body, _flat, lambda body: int(body["max_tokens"]), _anthropic),
    Family(lambda body: "schemaVersion" in body, _flat, lambda body: int(body["inferenceConfig"]["maxTokens"]), _nova),
    Family(lambda body: "max_gen_len" in body, _prompt, lambda body: int(body["max_gen_len"]), _llama),
)
