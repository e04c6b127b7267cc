"""From a raw exchange to a record: what became of the request, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus

from pytest_fmbench.client.dialects.base import Conversing, Dialect, Reply
from pytest_fmbench.client.dialects.noting import is_throttling
from pytest_fmbench.client.framing import HttpResponse, read_response
from pytest_fmbench.model.exchange import End, Exchange, Recording
from pytest_fmbench.model.record import Kinds, RequestRecord, Status
from pytest_fmbench.model.session import Answer

EMPTY = "protocol: empty reply"
"""How the error begins of a reply that is well formed and says nothing."""

_BODY_SHOWN, _NAME_SHOWN = 300, 100


def decode(exchange: Exchange, dialect: Dialect) -> RequestRecord:
    """Decode an exchange. Whatever a server does becomes a status and a cause; nothing is raised for it."""
    return _decoded(exchange, read_response(exchange.recording), dialect)


def decode_answer(exchange: Exchange, dialect: Conversing) -> tuple[RequestRecord, Answer]:
    """The same, and what was said: also of a reply that broke off, as far as it came, with the record's error."""
    response = read_response(exchange.recording)
    record = _decoded(exchange, response, dialect)
    said = dialect.answer(response.body) if response.status == HTTPStatus.OK else Answer()
    return record, replace(said, error=record.error)


def _decoded(exchange: Exchange, response: HttpResponse, dialect: Dialect) -> RequestRecord:
    recording, ticket = exchange.recording, exchange.ticket
    reply = _read(response, dialect)
    stamps = response.body.stamps(reply.chunks.at)
    error = _error(recording, response, reply)
    status = Status.CENSORED if recording.end is End.CENSORED else Status.FAILED if error else Status.OK
    return RequestRecord(
        request_id=exchange.request_id,
        session_id=exchange.session_id,
        turn=exchange.turn,
        round=exchange.round,
        worker=exchange.worker,
        phase=ticket.phase.value,
        scheduled_ns=ticket.scheduled_ns,
        begun_ns=ticket.begun_ns,
        pool_wait_ns=recording.pool_wait_ns,
        connect_ns=recording.connect_ns,
        tls_ns=recording.tls_ns,
        sent_ns=recording.sent_ns,
        first_byte_ns=recording.arrivals[0] if recording.arrivals else None,
        chunk_ns=stamps.ns,
        chunk_tokens=reply.chunks.tokens,
        chunk_kind=Kinds(reply.chunks.kinds),
        chunk_shared=stamps.shared,
        chunk_slack_ns=stamps.slack_ns,
        done_ns=recording.done_ns,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        counted_output_tokens=_counted(reply),
        cached_tokens=reply.cached_tokens,
        finish_reason=reply.finish_reason,
        http_status=response.status,
        server_timings=_as_json(reply.server_timings),
        status=status.value,
        error=error,
        stamp=recording.stamp,
        items=reply.items,
        reasoning_tokens=reply.reasoning_tokens,
        group=exchange.group,
    )


def _read(response: HttpResponse, dialect: Dialect) -> Reply:
    if response.status != HTTPStatus.OK:
        return Reply()
    encoding = (response.header(b"content-encoding") or b"identity").strip()
    if encoding.lower() != b"identity":  # not unpacked: a packed chunk has no arrival of its own
        shown = encoding.decode("latin-1")[:_BODY_SHOWN]
        return Reply(problem=f"content-encoding {shown!r} that was not asked for")
    return dialect.read(response.body)


def _counted(reply: Reply) -> int:
    """Our count: what the server counted along, else our chunks and the end token, which none carries."""
    tokens = sum(reply.chunks.tokens)
    if reply.running_tokens is not None:
        return max(tokens, reply.running_tokens)
    return tokens + reply.end_token


def _as_json(said: object) -> str | None:
    try:
        return None if said is None else json.dumps(said, separators=(",", ":"))
    except RecursionError:
        return None  # nested as deep as nobody's timings are


def _error(recording: Recording, response: HttpResponse, reply: Reply) -> str | None:
    """``cause: detail``, the first that applies; None when the request succeeded."""
    if recording.end in (End.CENSORED, End.CONNECT, End.TIMEOUT):
        return f"{recording.end.value}: {recording.detail}"
    if recording.end is End.PROTOCOL or response.problem:
        return f"protocol: {recording.detail or response.problem}"
    if response.status is not None and response.status != HTTPStatus.OK:
        return f"{_cause(response)}: {response.status}: {_message(response)}"
    return _reply_error(recording, response, reply)


def _reply_error(recording: Recording, response: HttpResponse, reply: Reply) -> str | None:
    """The same, for a response that began well."""
    if reply.error:
        cause = "throttled" if reply.throttled else "status"
        return f"{cause}: error event in the stream: {reply.error[:_BODY_SHOWN]}"
    if reply.problem and response.complete:
        return f"protocol: {reply.problem}"
    if not response.complete or not reply.ended:
        what = recording.detail or "the stream ended without a finish reason"
        return f"truncated: {what} after {len(reply.chunks)} chunks"
    if not reply.chunks:
        return f"{EMPTY}, finish reason {reply.finish_reason!r}"
    return None


def _cause(response: HttpResponse) -> str:
    """Of a response that is an error. AWS names its own, and throttles with other statuses than 429 too."""
    name = _error_name(response)
    throttled = is_throttling(name) if name else response.status == HTTPStatus.TOO_MANY_REQUESTS
    return "throttled" if throttled else "status"


def _error_name(response: HttpResponse) -> str:
    """What AWS calls an error, in a header; empty where nobody gives it a name."""
    given = response.header(b"x-amzn-errortype") or b""
    return given.decode("latin-1").partition(":")[0].strip()[:_NAME_SHOWN]


def _message(response: HttpResponse) -> str:
    """What an error response says, whatever form it has, behind its name, where it has one."""
    name, said = _error_name(response), _said(response.body.data)
    return f"{name}: {said}" if name else said


def _said(body: bytes) -> str:
    try:
        said = json.loads(body)
        error = said.get("error") or said.get("detail") or said  # FastAPI's, as of vLLM, where there is no such route
        if isinstance(error, dict):
            error = error.get("message", error.get("Message", error))
        return str(error)[:_BODY_SHOWN]
    except (ValueError, AttributeError, RecursionError):
        return body[:_BODY_SHOWN].decode("utf-8", "replace")
