"""Tables of prices, as TOML files hold them: the package's own, one that a user writes, those that were asked of AWS.

    source = "our contract"
    date = "2026-11-01"

    [ec2.us-west-2.on-demand]             # platform, region and market; dollars an hour
    "g6e.2xlarge" = 1.95

    [tokens."meta.llama3-8b-instruct-v1:0"]      # dollars a million tokens
    input = 0.3
    output = 0.6

What tokens cost that are read from a cache or written to it (``cache_read``, ``cache_write``) is what other tokens of a
prompt do, unless it is given.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.price import Price, TokenPrice

ON_DEMAND, SPOT = "on-demand", "spot"
YEARS = ("1yr", "3yr")
PAYMENTS = ("no-upfront", "partial-upfront", "all-upfront")
PLANS = tuple(f"{year}-{payment}" for year in YEARS for payment in PAYMENTS)
"""Of who binds himself for years: what is paid at once counts as spread over all hours of these."""

MARKETS = (ON_DEMAND, SPOT, *PLANS)
PLATFORMS = ("ec2", "sagemaker")

_PER_MILLION = 1e-6

Rates = dict[str, dict[str, dict[str, float]]]
"""Dollars an hour by region, market and name."""


class _Tokens(msgspec.Struct, forbid_unknown_fields=True):
    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """What a file of prices says.

    :param source: who says so.
    :param date: of what they say.
    :param ec2: instances of EC2.
    :param sagemaker: those of SageMaker, which begin with ``ml.``.
    :param tokens: of models, by what requests call them.
    """

    source: str = ""
    date: str = ""
    ec2: Rates = msgspec.field(default_factory=dict)
    sagemaker: Rates = msgspec.field(default_factory=dict)
    tokens: dict[str, _Tokens] = msgspec.field(default_factory=dict)

    @property
    def platforms(self) -> Mapping[str, Rates]:
        """What is paid by the hour, by platform."""
        return {"ec2": self.ec2, "sagemaker": self.sagemaker}

    def price(self, platform: str, what: str, region: str, market: str) -> Price | None:
        """What ``what`` costs there; None where the table has it not."""
        usd = self.platforms.get(platform, {}).get(region, {}).get(market, {}).get(what)
        return None if usd is None else Price(usd, self.source, self.date)

    def token_price(self, model: str) -> TokenPrice | None:
        """What tokens of ``model`` cost; None where the table has it not."""
        found = self.tokens.get(model)
        if found is None:
            return None
        read = found.input if found.cache_read is None else found.cache_read
        write = found.input if found.cache_write is None else found.cache_write
        return TokenPrice(
            input_usd=found.input * _PER_MILLION,
            output_usd=found.output * _PER_MILLION,
            cache_read_usd=read * _PER_MILLION,
            cache_write_usd=write * _PER_MILLION,
            source=self.source,
            date=self.date,
        )


def read_table(path: Path) -> Table:
    """The table in a file; its source is the file where it names none.

    :raises UsageError: when it cannot be read, holds what no table does, or what is no price.
    """
    try:
        table = msgspec.toml.decode(path.read_bytes(), type=Table)
    except FileNotFoundError:
        raise UsageError(f"prices: there is no file {path}") from None
    except (OSError, ValueError) as error:  # msgspec's and tomllib's errors are ValueErrors
        raise UsageError(f"prices: cannot read {path}: {error}") from error
    for name, usd in _dollars(table):
        if not 0.0 < usd < math.inf:
            raise UsageError(f"prices: {path}: {name} is {usd}: give a positive number of dollars")
    if not table.source:
        table.source = str(path)
    return table


def written(table: Table) -> str:
    """``table`` as a file holds it; without tokens."""
    lines = [f"source = {_quoted(table.source)}", f"date = {_quoted(table.date)}"]
    for platform, regions in table.platforms.items():
        for region, markets in regions.items():
            for market, rates in markets.items():
                lines += ["", f"[{platform}.{_quoted(region)}.{_quoted(market)}]"]
                lines += [f"{_quoted(name)} = {float(usd)!r}" for name, usd in sorted(rates.items())]
    return "\n".join(lines) + "\n"


def _dollars(table: Table) -> Iterator[tuple[str, float]]:
    for platform, regions in table.platforms.items():
        for region, markets in regions.items():
            for market, rates in markets.items():
                for name, usd in rates.items():
                    yield f"{platform}.{region}.{market} {name}", usd
    for model, tokens in table.tokens.items():
        for name in ("input", "output", "cache_read", "cache_write"):
            usd = getattr(tokens, name)
            if usd is not None:
                yield f"tokens of {model}, {name},", usd


def _quoted(text: str) -> str:
    """As a basic string of TOML, whose escapes are those of JSON."""
    return msgspec.json.encode(text).decode()
