"""What ``genai-prices`` knows of Bedrock. Its numbers are its own and change; how it is asked must not."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.spend.prices.tokens import TokenPrices, token_price

LLAMA = "meta.llama3-8b-instruct-v1:0"
CACHING = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


def test_tokens_cost_what_the_library_says_a_request_costs() -> None:
    from genai_prices import Usage, calc_price

    price = token_price(LLAMA)
    assert price is not None
    assert price.source == f"genai-prices {version('genai-prices')}"
    assert 0.0 < price.input_usd < price.output_usd < 1e-3
    told = calc_price(Usage(input_tokens=123, output_tokens=45), LLAMA, provider_id="aws").total_price
    assert price.usd(123, 45) == pytest.approx(float(told), rel=1e-9)


def test_tokens_of_a_cache_have_prices_of_their_own() -> None:
    from genai_prices import Usage, calc_price

    price = token_price(CACHING)
    assert price is not None
    assert 0.0 < price.cache_read_usd < price.input_usd < price.cache_write_usd
    usage = Usage(input_tokens=1000, cache_read_tokens=600, cache_write_tokens=100, output_tokens=10)
    told = calc_price(usage, CACHING, provider_id="aws").total_price
    assert price.usd(300, 10, cache_read=600, cache_write=100) == pytest.approx(float(told), rel=1e-9)


def test_no_token_is_free_because_its_price_is_not_known() -> None:
    price = token_price(LLAMA)  # has no prices of a cache
    assert price is not None
    assert price.cache_read_usd == price.cache_write_usd == price.input_usd


@pytest.mark.parametrize("model", ["", "nobody.knows-this-v1:0", "g5.xlarge"])
def test_what_it_does_not_know_is_not_known(model: str) -> None:
    assert token_price(model) is None


def test_what_a_user_says_nothing_replaces(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'[tokens."{LLAMA}"]\ninput = 1000000\noutput = 2000000\n')
    own = TokenPrices(path).token_price(LLAMA)
    assert own is not None
    assert [own.input_usd, own.output_usd] == pytest.approx([1.0, 2.0])
    assert own.source == str(path)
    assert TokenPrices(path).token_price(CACHING) == token_price(CACHING)
    assert TokenPrices().token_price(LLAMA) == token_price(LLAMA)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    with pytest.raises(NotAllowed, match=r"pip install 'pytest-fmbench\[aws\]'"):
        token_price(LLAMA)
