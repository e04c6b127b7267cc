"""One row of ``tasks.parquet``: what became of a session of requests."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

THINKING = "(think)"
"""What a span is called in which a person reads and types; no tool can be called that."""


class TaskRecord(msgspec.Struct, frozen=True):
    """A session of requests, as the load process that carried it out saw it. Field order is column order.

    Its requests are the rows of ``requests.parquet`` of the same ``session_id``; with the spans they are a waterfall.
    Stamps (``*_ns`` that are no sums) are on CLOCK_MONOTONIC.

    :param session_id: unique within a run: its round and its place in the workload.
    :param phase: in which it began: ``warmup``, ``window`` or ``drain``.
    :param scheduled_ns: when it was meant to begin; ``begun_ns``: when it did.
    :param done_ns: when it had ended; None where the run was over before.
    :param requests: that it has sent, ``failed_requests`` of which failed.
    :param input_tokens: of all its requests, by the server's count; ``cached_tokens`` of them were known to it already.
    :param output_tokens: likewise; by our count where the server gave none.
    :param tool_calls: that the model made, ``valid_tool_calls`` of which could be carried out.
    :param think_ns: sum of the lengths of its spans of thinking; ``tool_ns``: of its tools, also where they overlap.
    :param success: whether it reached what it was for; None where nobody judged that.
    :param end: a value of :class:`~pytest_fmbench.model.session.TaskEnd`.
    :param error: of its last request that failed, ``cause: detail``; None where none did.
    :param span_name: of each span, the tool, or :data:`THINKING`; in order of their begin.
    :param span_error: why a tool failed; None where it did not.
    """

    session_id: str
    phase: str
    round: int
    worker: int
    scheduled_ns: int
    begun_ns: int
    done_ns: int | None
    requests: int
    failed_requests: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    tool_calls: int
    valid_tool_calls: int
    think_ns: int
    tool_ns: int
    success: bool | None
    end: str
    error: str | None
    span_name: Sequence[str] = ()
    span_begin_ns: Sequence[int] = ()
    span_end_ns: Sequence[int] = ()
    span_error: Sequence[str | None] = ()
