"""By whose prices dollars are counted, and of when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_fmbench.model.price import Tariff, TokenPrice, tariff_in
from pytest_fmbench.spend.prices.age import old


def lines(summaries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What each deployment that dollars are counted of is paid by, and warnings about what is old."""
    tariffs = _each(summaries)
    for name, tariff in tariffs.items():
        yield f"dollars of {name}: {'; '.join(_parts(tariff))}"
    yield from old(price for tariff in tariffs.values() for price in _dated(tariff))


def _each(summaries: Iterable[Mapping[str, Any]]) -> dict[str, Tariff]:
    found = ((str(one.get("deployment", "-")), tariff_in(one, str(one.get("name", "a run")))) for one in summaries)
    return {name: tariff for name, tariff in found if tariff is not None}


def _parts(tariff: Tariff) -> Iterator[str]:
    if tariff.usd_per_hour:
        yield f"{tariff.usd_per_hour:.4g} USD an hour, by {_by(tariff)}"
    if tariff.tokens is not None:
        rates = (f"{1e6 * usd:.4g}" for usd in (tariff.tokens.input_usd, tariff.tokens.output_usd))
        yield f"{' and '.join(rates)} USD a million input and output tokens, by {_by(tariff.tokens)}"


def _dated(tariff: Tariff) -> Iterator[Tariff | TokenPrice]:
    if tariff.usd_per_hour:
        yield tariff
    if tariff.tokens is not None:
        yield tariff.tokens


def _by(price: Tariff | TokenPrice) -> str:
    return ", ".join(filter(None, (price.source or "a session that did not note whose", price.date)))
