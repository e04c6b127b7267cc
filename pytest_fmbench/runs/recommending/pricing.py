"""What a deployment costs, as the user says, as its session paid, or as a table knows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pytest_fmbench.errors import NotAllowed, UnknownName
from pytest_fmbench.model.price import Price, TokenPrice, tariff_in
from pytest_fmbench.spend.prices.instances import InstancePrices, prices_folder
from pytest_fmbench.spend.prices.table import ON_DEMAND, PLATFORMS, read_table
from pytest_fmbench.spend.prices.tokens import TokenPrices

OPTION = "--price"
_REGION, _BEDROCK = "us-east-1", "bedrock"


@dataclass(frozen=True)
class Pricing:
    """Who is believed: what the user says of a deployment, his table, what its session paid, then other tables.

    A market or a region that he names is looked up, whatever the session paid, where there are such: this machine, and
    an endpoint of somebody's, have none.

    :param own: dollars an hour of a replica, by the id of its deployment, its instance, or its platform.
    :param file: table that the user wrote.
    :param region: where replicas will run; empty is where each was measured.
    :param market: how they will be had, as ``"spot"`` or ``"1yr-no-upfront"``; empty is as each was measured.
    :param refreshed: folder with tables that were asked of AWS.
    """

    own: Mapping[str, float] = field(default_factory=dict)
    file: Path | None = None
    region: str = ""
    market: str = ""
    refreshed: Path | None = field(default_factory=prices_folder)

    def price_of(self, measured: Mapping[str, Any], session: str, begun: str) -> Price | TokenPrice | None:
        """What an hour of ``measured`` costs, or its tokens; None where nobody knows.

        :param session: the name of that which measured it, and when it was.
        """
        for name in _names(measured):
            if name in self.own:
                return Price(self.own[name], OPTION)
        instance, tariff = str(measured.get("instance", "")), tariff_in(measured, f"session {session}")
        tokens, paid = (None, 0.0) if tariff is None else (tariff.tokens, tariff.usd_per_hour)
        if _platform(instance) == _BEDROCK or (tokens is not None and not paid):
            return self._of_tokens(str(measured.get("model", ""))) or tokens
        listed = self._listed(instance)
        as_paid = listed is not None and math.isclose(listed.usd_per_hour, paid)
        moves = _platform(instance) in PLATFORMS and (self.region or self.market)
        if not paid or as_paid or moves or self._is_own(listed):
            return listed
        return Price(paid, f"session {session}", begun[:10])

    def see_that_all_are_known(self, measured: Sequence[Mapping[str, Any]]) -> None:
        """See that each name that the user gave a price of is of something that was measured.

        :raises UnknownName: for one that is not.
        """
        known = dict.fromkeys(name for one in measured for name in _names(one))
        for name in self.own:
            if name not in known:
                raise UnknownName("deployment or instance", name, known)

    def _listed(self, instance: str) -> Price | None:
        place, _, query = instance.partition("?")
        platform, _, what = place.partition(":")
        if platform not in PLATFORMS or not what:
            return None
        settings = dict(parse_qsl(query))
        region = self.region or settings.get("region") or settings.get("regions", "").split(",")[0] or _REGION
        market = self.market or settings.get("market", ON_DEMAND)
        found = InstancePrices({}, self.file, self.refreshed).price_of(platform, what, region, market)
        hosts = settings.get("hosts", "1")
        if found is None or not hosts.isdecimal():
            return None
        return Price(found.usd_per_hour * int(hosts), found.source, found.date)

    def _is_own(self, listed: Price | None) -> bool:
        """Whether the user's table says so."""
        return self.file is not None and listed is not None and listed.source == read_table(self.file).source

    def _of_tokens(self, model: str) -> TokenPrice | None:
        try:
            return TokenPrices(self.file).token_price(model)
        except NotAllowed:  # the library is not installed, so that nobody knows
            return None


def _names(measured: Mapping[str, Any]) -> Iterator[str]:
    """By which the user may call it: the most exact first."""
    yield str(measured["deployment"])
    instance = str(measured.get("instance", ""))
    if instance:
        yield from dict.fromkeys((instance, instance.partition("?")[0], _what(instance), _platform(instance)))


def _what(instance: str) -> str:
    place = instance.partition("?")[0]
    return place.partition(":")[2] or place


def _platform(instance: str) -> str:
    return instance.partition("?")[0].partition(":")[0]
