"""The cap on tokens that an endpoint which is not ours may be asked for in one session."""

from __future__ import annotations

from pytest_fmbench.errors import NotMeasured
from pytest_fmbench.metrics.columns import column
from pytest_fmbench.model.measurement import Measurement


class TokenCap:
    """Counts input and output tokens of a session.

    :param limit: how many there may be; None is no cap.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._spent = 0

    def check(self, about_to_be: int = 0) -> None:
        """See that the cap is not reached.

        :param about_to_be: tokens of the run that is going on, as far as they are known.
        :raises NotMeasured: when it is.
        """
        spent = self._spent + about_to_be
        if self._limit is not None and spent >= self._limit:
            raise NotMeasured(
                f"not measured: about {spent:,} tokens were asked of an endpoint that is not ours, and the cap is "
                f"{self._limit:,}; --fmbench-max-tokens sets another"
            )

    def spend(self, measurement: Measurement) -> None:
        """Count what a run has asked for, by the server's counts where it gave them."""
        requests = measurement.requests
        output = max(int(column(requests, name).integers.sum()) for name in ("output_tokens", "counted_output_tokens"))
        self._spent += output + int(column(requests, "input_tokens").integers.sum())
