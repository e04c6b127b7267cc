"""What measuring on a server costs while it goes on, and whether there is money left for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_fmbench.clock import NS_PER_S, monotonic_ns, seconds_to_ns, wall_s
from pytest_fmbench.errors import NotMeasured
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.runs.crew.standing import Standing
from pytest_fmbench.spend.ledger import Ledger

if TYPE_CHECKING:
    from pytest_fmbench.model.measurement import Measurement

_SECONDS_PER_HOUR = 3_600.0
_EVERY_S = 1.0
"""How often the ledger, which is a file, is read while a run goes on."""
_WRITTEN_MARK = "cacheWriteInputToken"
_WRITTEN = (f"{_WRITTEN_MARK}s", f"{_WRITTEN_MARK}Count")
"""As Bedrock's Converse spells it, and as its invocation metrics do; the same count, where both are there."""


@dataclass(frozen=True)
class Cost:
    """What a server costs.

    :param what: it is, for messages: the id of its deployment.
    :param usd_per_hour: of its lease, which the ledger counts by itself; 0 where it is paid by the token alone.
    :param tokens: price of its tokens; None where they cost nothing.
    """

    ledger: Ledger
    what: str
    usd_per_hour: float = 0.0
    tokens: TokenPrice | None = None

    def see_that_there_is_money(self) -> None:
        """See that the budget is not spent.

        :raises NotMeasured: when it is.
        """
        if self.left_usd() <= 0.0:
            raise NotMeasured(f"not measured: {self.is_spent}")

    def left_usd(self, under_way_usd: float = 0.0) -> float:
        """What is left of the budget, in dollars; less than nothing where more is under way.

        :param under_way_usd: that the ledger does not know of yet.
        """
        return self.ledger.left_usd(wall_s()) - under_way_usd

    @property
    def is_spent(self) -> str:
        """That the budget is spent, in words."""
        return f"the budget was spent before {self.what} was measured to the end; --fmbench-budget sets another"

    def under_way_usd(self, standing: Standing, input_tokens: int) -> float:
        """About what the tokens of a run in the middle cost."""
        if self.tokens is None:
            return 0.0
        return self.tokens.usd(standing.asked * input_tokens, standing.output_tokens)

    def pay(self, usd: float) -> None:
        """Pay for tokens."""
        if usd > 0.0:
            self.ledger.pay(self.what, usd)

    def paid(self, measurement: Measurement, seconds: float) -> float:
        """What a run has cost, in dollars: its tokens, which are paid here, and its share of the hour.

        :param seconds: that it took.
        """
        tokens_usd = 0.0 if self.tokens is None else _tokens_usd(measurement, self.tokens)
        self.pay(tokens_usd)
        return tokens_usd + self.usd_per_hour * seconds / _SECONDS_PER_HOUR


@dataclass
class Meter:
    """Looks after the budget while one run goes on; of a server that costs nothing it does nothing.

    :param input_tokens: about how many a request takes.
    :ivar spent: that the budget was spent, and the window ended by it; empty where it was not.
    :ivar left_usd: of the budget when it was last looked at, in dollars; None before, and of what costs nothing.
    """

    cost: Cost | None
    input_tokens: int
    spent: str = ""
    left_usd: float | None = None
    _standing: Standing = field(default_factory=Standing)
    _begun_ns: int = field(default_factory=monotonic_ns)
    _next_ns: int = 0

    def __enter__(self) -> Meter:  # noqa: PYI034  # Self came with Python 3.11
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Pay for what was asked of a run that broke off, as far as it is known."""
        if kind is not None and self.cost is not None:
            self.cost.pay(self.cost.under_way_usd(self._standing, self.input_tokens))

    def look(self, standing: Standing) -> None:
        """Called with every sign of progress.

        :raises NotMeasured: when the budget is spent before the window has begun; later the window ends.
        """
        now_ns, self._standing = monotonic_ns(), standing
        if self.cost is None or self.spent or now_ns < self._next_ns:
            return
        self._next_ns = now_ns + seconds_to_ns(_EVERY_S)
        self.left_usd = self.cost.left_usd(self.cost.under_way_usd(standing, self.input_tokens))
        self.spent = "" if self.left_usd > 0.0 else self.cost.is_spent
        if self.spent and not standing.in_window:
            raise NotMeasured(f"not measured: {self.spent}")

    def paid(self, measurement: Measurement) -> float | None:
        """What the run has cost, in dollars; None where nobody pays for it."""
        if self.cost is None:
            return None
        return self.cost.paid(measurement, (monotonic_ns() - self._begun_ns) / NS_PER_S)


def _tokens_usd(measurement: Measurement, price: TokenPrice) -> float:
    """By the server's counts, where it gave them; what it read from a cache, or wrote to one, is part of its input."""
    output = max(_sum(measurement, name) for name in ("output_tokens", "counted_output_tokens"))
    read, written = _sum(measurement, "cached_tokens"), _written(measurement)
    return price.usd(max(0, _sum(measurement, "input_tokens") - read - written), output, read, written)


def _sum(measurement: Measurement, name: str) -> int:
    from pytest_fmbench.metrics.columns import column  # numpy, which collecting does without

    return int(column(measurement.requests, name).integers.sum())


def _written(measurement: Measurement) -> int:
    """Tokens that were written to the provider's cache, which stand among what it says of itself."""
    import pyarrow.compute as pc

    told = measurement.requests.column("server_timings")
    some = told.filter(pc.match_substring(told, _WRITTEN_MARK))  # most have none, and are not read
    return sum(_first_of(json.loads(text)) for text in some.to_pylist())


def _first_of(told: Mapping[str, object]) -> int:
    found = (told[name] for name in _WRITTEN if name in told)
    return next((count for count in found if isinstance(count, int)), 0)
