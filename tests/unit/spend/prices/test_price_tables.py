from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.spend.prices.table import Table, read_table, written

OWN = """
source = "our contract"
date = "2026-11-01"

[ec2.us-west-2.on-demand]
"g6e.2xlarge" = 1.95
"g6e.4xlarge" = 3

[sagemaker.us-west-2.on-demand]
"ml.g5.2xlarge" = 1.2

[tokens."meta.llama3-8b-instruct-v1:0"]
input = 0.3
output = 0.6
cache_read = 0.1
"""


def saved(folder: Path, text: str) -> Path:
    path = folder / "prices.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_says_what_its_file_says(tmp_path: Path) -> None:
    table = read_table(saved(tmp_path, OWN))
    assert (table.source, table.date) == ("our contract", "2026-11-01")
    assert table.ec2 == {"us-west-2": {"on-demand": {"g6e.2xlarge": 1.95, "g6e.4xlarge": 3.0}}}
    assert table.sagemaker == {"us-west-2": {"on-demand": {"ml.g5.2xlarge": 1.2}}}


def test_tokens_are_told_a_token(tmp_path: Path) -> None:
    table = read_table(saved(tmp_path, OWN))
    price = table.token_price("meta.llama3-8b-instruct-v1:0")
    assert price is not None
    each = (price.input_usd, price.output_usd, price.cache_read_usd, price.cache_write_usd)
    assert [*each] == pytest.approx([3e-7, 6e-7, 1e-7, 3e-7])
    assert (price.source, price.date) == ("our contract", "2026-11-01")
    assert table.token_price("meta.llama3-8b") is None


def test_a_request_costs_the_sum_of_its_tokens() -> None:
    price = TokenPrice(1.0, 2.0, 0.5, 1.5, "here")
    assert price.usd(10, 100, cache_read=4, cache_write=2) == 10 + 200 + 2 + 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[ec2.us-east-1.on-demand]\ng5 = 'x'", "Expected `float`, got `str`"),
        ("[ec2.us-east-1]\ng5 = 1.0", "Expected `object`, got `float`"),
        ("[ec3.us-east-1.on-demand]\ng5 = 1.0", "unknown field `ec3`"),
        ("[tokens.m]\ninput = 1.0", "missing required field `output`"),
        ("[tokens.m]\ninput = 1.0\noutput = 1.0\ncached = 1.0", "unknown field `cached`"),
        ("[ec2.us-east-1.on-demand]\ng5 = 0", "ec2.us-east-1.on-demand g5 is 0.0: give a positive number of dollars"),
        ("[ec2.us-east-1.on-demand]\ng5 = -1", "give a positive number of dollars"),
        ("[sagemaker.r.on-demand]\n'ml.g5' = nan", "sagemaker.r.on-demand ml.g5 is nan: give a positive number"),
        ("[ec2.us-east-1.spot]\ng5 = inf", "give a positive number of dollars"),
        ("[tokens.m]\ninput = 0\noutput = 1.0", "tokens of m, input, is 0.0: give a positive number of dollars"),
        ("a = ", "cannot read"),
        ("date = 2026-11-01", "Expected `str`, got `date`"),
    ],
)
def test_what_is_no_table_is_told_of(tmp_path: Path, text: str, problem: str) -> None:
    path = saved(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_table(path)
    assert str(caught.value).startswith("prices: ")
    assert str(path) in str(caught.value)
    assert problem in str(caught.value)


def test_a_file_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"prices: there is no file .*nowhere\.toml"):
        read_table(tmp_path / "nowhere.toml")
    with pytest.raises(UsageError, match="prices: cannot read"):
        read_table(tmp_path)


def test_without_a_source_the_file_is_the_source(tmp_path: Path) -> None:
    path = saved(tmp_path, "")
    assert read_table(path) == Table(str(path))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    table = Table(
        'a "source" of\tü',
        "2026-11-26",
        {"us-west-2": {"on-demand": {"g5.xlarge": 1e-9, "p5.48xlarge": 98.32}, "spot": {}}},
        {"us-west-2": {"on-demand": {"ml.g5.xlarge": 1.0}}},
    )
    assert read_table(saved(tmp_path, written(table))) == table
