"""How far a run is while it goes on: what has begun, and what of it is decoded already."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Decoded:
    """Figures of the requests that are decoded so far, half a second old or less while the decoder keeps up.

    :param done: requests that have ended, in all phases.
    :param failed: of those, the ones that failed.
    :param in_window: of those that have ended, the window's.
    :param output_tokens: of those that have ended, by the server's count or ours, whichever is more.
    :param ttft_s: mean time to the first token of the window's requests that succeeded, in seconds; None while there
        are none.
    """

    done: int = 0
    failed: int = 0
    in_window: int = 0
    output_tokens: int = 0
    ttft_s: float | None = None


@dataclass(frozen=True)
class Standing:
    """A run in the middle.

    :param begun: requests that have begun, in all phases.
    :param in_window: of those, the window's.
    """

    begun: int = 0
    in_window: int = 0
    decoded: Decoded = Decoded()

    @property
    def asked(self) -> int:
        """Requests that have begun, as far as anybody has told."""
        return max(self.begun, self.decoded.done)

    @property
    def output_tokens(self) -> int:
        """About how many were asked for: a request that is not decoded yet counts as much as the others do."""
        return round(self.decoded.output_tokens / max(1, self.decoded.done) * self.asked)
