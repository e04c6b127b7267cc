"""What tokens of a model of Bedrock cost, as the library ``genai-prices`` knows it.

It holds AWS's list prices, mostly of regions of the United States, in the data of its wheel, so that its version dates
them; nothing is fetched. Prices that rise with the length of a prompt are those of short ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.spend.prices.table import read_table

_PROVIDER = "aws"
_TOKENS = 1000
"""Prices are asked for so many, which no price by length counts as long."""


@dataclass(frozen=True)
class TokenPrices:
    """What is known of the prices of tokens in a session.

    :param file: table that the user wrote, which nothing replaces.
    """

    file: Path | None = None

    def token_price(self, model: str) -> TokenPrice | None:
        """What tokens of ``model`` cost; None where nobody knows.

        :param model: as requests call it: the id of a model or of an inference profile.
        :raises UsageError: when the user's table cannot be read.
        :raises NotAllowed: where the library is not installed.
        """
        own = None if self.file is None else read_table(self.file).token_price(model)
        return own or token_price(model)


def token_price(model: str) -> TokenPrice | None:
    """What tokens of ``model`` cost on Bedrock; None where the library does not know it.

    :raises NotAllowed: where it is not installed.
    """
    try:
        from genai_prices import Usage, calc_price
    except ImportError:
        raise NotAllowed(
            "what tokens cost is known by a package that is not installed: pip install 'pytest-fmbench[aws]'"
        ) from None

    def each(**tokens: int) -> float:
        return float(calc_price(Usage(**tokens), model, provider_id=_PROVIDER).total_price) / _TOKENS

    try:
        return TokenPrice(
            input_usd=each(input_tokens=_TOKENS),
            output_usd=each(output_tokens=_TOKENS),
            cache_read_usd=each(input_tokens=_TOKENS, cache_read_tokens=_TOKENS),
            cache_write_usd=each(input_tokens=_TOKENS, cache_write_tokens=_TOKENS),
            source=f"genai-prices {version('genai-prices')}",
        )
    except LookupError:  # what it raises for a model that it does not know
        return None
