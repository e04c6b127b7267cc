"""What is paid: for what is up, by the hour; for tokens, by the piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_fmbench.errors import StoreError

HOURS_A_MONTH = 730.0
"""365 days in twelve equal months."""


@dataclass(frozen=True)
class Price:
    """What something costs while it is up.

    :param source: who says so, such as a page, a file or an option.
    :param date: of what they say, as ISO 8601, as exactly as it is known; empty where nobody knows.
    """

    usd_per_hour: float
    source: str
    date: str = ""

    def times(self, count: int) -> Price:
        """That of so many."""
        return replace(self, usd_per_hour=self.usd_per_hour * count)


@dataclass(frozen=True)
class TokenPrice:
    """What a model's tokens cost, each in dollars.

    :param input_usd: of the prompt, as far as no cache has it.
    :param output_usd: of the reply.
    :param cache_read_usd: of the prompt, read from the provider's cache.
    :param cache_write_usd: of the prompt, written there.
    :param source: who says so.
    :param date: as of :class:`Price`.
    """

    input_usd: float
    output_usd: float
    cache_read_usd: float
    cache_write_usd: float
    source: str
    date: str = ""

    def usd(self, input_tokens: int, output_tokens: int, cache_read: int = 0, cache_write: int = 0) -> float:
        """What a request costs: the sum of its tokens x their prices.

        :param input_tokens: those of the prompt that were neither read from a cache nor written to one.
        """
        prompt = input_tokens * self.input_usd + cache_read * self.cache_read_usd + cache_write * self.cache_write_usd
        return prompt + output_tokens * self.output_usd


@dataclass(frozen=True)
class Tariff:
    """What a deployment is paid by.

    :param usd_per_hour: while it is up; 0 where it is paid by the token alone.
    :param tokens: price of its tokens; None where they cost nothing.
    :param source: who says what an hour costs; empty where nothing is paid by the hour.
    :param date: as of :class:`Price`.
    """

    usd_per_hour: float = 0.0
    tokens: TokenPrice | None = None
    source: str = ""
    date: str = ""


def told_by(tariff: Tariff) -> str:
    """Who says what it is, and of when: ``AWS Price List, 2026-09-27``; empty where nothing is paid by the hour."""
    return ", ".join(filter(None, (tariff.source, tariff.date)))


def tariff_in(kept: Mapping[str, Any], path: str) -> Tariff | None:
    """The tariff that a ``case.json`` holds; None where there was none.

    :param path: how messages call it.
    :raises StoreError: when it is not of this version.
    """
    told = kept.get("tariff")
    if told is None:
        return None
    try:
        return Tariff(**{**told, "tokens": told["tokens"] and TokenPrice(**told["tokens"])})
    except (KeyError, TypeError) as error:
        raise StoreError(f"the tariff in {path} cannot be read: another version wrote it ({error})") from error
