"""What an hour of an instance costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.price import Price
from pytest_fmbench.spend.prices.packaged import packaged
from pytest_fmbench.spend.prices.table import ON_DEMAND, PLATFORMS, Table, read_table
from pytest_fmbench.store.base import state_root

OPTION = "--fmbench-price"
_PREPAID = "a capacity block is paid for when it is reserved"


@dataclass(frozen=True)
class InstancePrices:
    """What is known of prices in a session. Whoever comes first is believed, so that nothing replaces what a user says.

    :param own: dollars an hour of an instance, wherever and however it is had, as the user gave them.
    :param file: table that the user wrote.
    :param refreshed: folder with tables that were asked of AWS, one a region.
    """

    own: Mapping[str, float] = field(default_factory=dict)
    file: Path | None = None
    refreshed: Path | None = None

    def __post_init__(self) -> None:
        for name, usd in self.own.items():
            if not 0.0 < usd < math.inf:
                raise UsageError(f"{OPTION} {name}={usd}: give a positive number of dollars an hour")

    def price_of(self, platform: str, what: str, region: str, market: str = ON_DEMAND) -> Price | None:
        """What an hour of ``what`` costs there; None where nobody knows.

        :param platform: ``"ec2"`` or ``"sagemaker"``.
        :param what: the type, such as ``"g6e.2xlarge"`` or ``"ml.g5.2xlarge"``.
        :param market: ``"on-demand"``, ``"spot"``, ``"reservation:ID"``, which is paid as on-demand is, or
            ``"block:ID"``, which costs no more than it did when it was reserved.
        :raises UsageError: when a table cannot be read.
        """
        kind, _, identity = market.partition(":")
        if what in self.own:
            return Price(self.own[what], OPTION)
        if kind == "block" and identity:
            return Price(0.0, _PREPAID)
        listed = ON_DEMAND if kind in ("", "reservation") else kind
        found = (table.price(platform, what, region, listed) for table in self._tables(region))
        return next((price for price in found if price is not None), None)

    def usd_per_hour(self, platform: str, what: str, region: str, market: str = ON_DEMAND) -> float | None:
        """The dollars of :meth:`price_of`; None where nobody knows; errors likewise."""
        price = self.price_of(platform, what, region, market)
        return None if price is None else price.usd_per_hour

    def known_price_of(self, platform: str, what: str, region: str, market: str = ON_DEMAND) -> Price:
        """As :meth:`price_of`, where not to know is an error.

        :raises NotAllowed: when nobody knows; says how it can be told.
        """
        price = self.price_of(platform, what, region, market)
        if price is None:
            raise NotAllowed(unknown(what, region, market))
        return price

    def names(self, region: str) -> frozenset[str]:
        """What is paid by the hour and has a price there; errors as :meth:`price_of`."""
        markets = (
            table.platforms[platform].get(region, {}) for table in self._tables(region) for platform in PLATFORMS
        )
        return frozenset(name for rates in markets for market in rates.values() for name in market)

    def _tables(self, region: str) -> Iterator[Table]:
        if self.file is not None:
            yield _read(self.file)
        if self.refreshed is not None and (path := refreshed_path(self.refreshed, region)).exists():
            yield _read(path)
        yield from packaged()


def unknown(what: str, region: str, market: str = ON_DEMAND) -> str:
    """That nobody knows what ``what`` costs there, and how it can be told."""
    return (
        f"nobody knows what {what} costs in {region} ({market}), so that no budget can hold: {OPTION} {what}=USD says "
        f"what an hour of it costs, `fmbench prices --refresh {region}` asks AWS"
    )


def prices_folder() -> Path:
    """Where tables lie that were asked of AWS."""
    return state_root() / "prices"


def refreshed_path(folder: Path, region: str) -> Path:
    """Where the table of ``region`` lies, whether or not it is there.

    :raises UsageError: for what is no region.
    """
    if not region.replace("-", "").isalnum():
        raise UsageError(f"{region!r} is no region of AWS: give one such as us-west-2")
    return folder / f"{region}.toml"


def price_of(platform: str, what: str, region: str, market: str = ON_DEMAND) -> Price | None:
    """What an hour of ``what`` costs there, where the user says nothing of it; see :meth:`InstancePrices.price_of`."""
    return InstancePrices(refreshed=prices_folder()).price_of(platform, what, region, market)


def _read(path: Path) -> Table:
    return _read_once(path, path.stat().st_mtime_ns if path.exists() else 0)


@cache
def _read_once(path: Path, _written_ns: int) -> Table:
    return read_table(path)
