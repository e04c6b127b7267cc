"""Live figures of a run, of each record as it is decoded."""

from __future__ import annotations

from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.record import RequestRecord, Status
from pytest_fmbench.runs.crew.standing import Decoded


class Tally:
    """Adds up."""

    def __init__(self) -> None:
        self._done = self._failed = self._in_window = self._tokens = 0
        self._first_tokens = self._waited_ns = 0

    def add(self, record: RequestRecord) -> None:
        """Count a request."""
        self._done += 1
        self._failed += record.status == Status.FAILED.value
        self._tokens += max(record.output_tokens or 0, record.counted_output_tokens)
        if record.phase == Phase.WINDOW.value:
            self._in_window += 1
            if record.status == Status.OK.value and record.sent_ns is not None and len(record.chunk_ns):
                self._first_tokens += 1
                self._waited_ns += record.chunk_ns[0] - record.sent_ns

    @property
    def decoded(self) -> Decoded:
        """The figures so far."""
        ttft_s = self._waited_ns / self._first_tokens / 1e9 if self._first_tokens else None
        return Decoded(self._done, self._failed, self._in_window, self._tokens, ttft_s)
