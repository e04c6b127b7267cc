from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.money import Money, read_money
from pytest_fmbench.options import read_settings, recorded_options

POSITIVE = "give a positive number of dollars, as 25 or 0.5"


def read(pytester: pytest.Pytester, *arguments: str) -> Money:
    return read_money(pytester.parseconfig(*arguments))


def refusal(pytester: pytest.Pytester, *arguments: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(pytester, *arguments)
    return str(caught.value)


def test_without_an_option_nothing_may_be_spent(pytester: pytest.Pytester) -> None:
    assert read(pytester) == Money(budget_usd=None, keep=False, prices={}, prices_file=None, aws={})


def test_a_session_has_what_was_given(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", own="")
    config = pytester.parseconfig(
        *("--fmbench-budget", "2.50", "--fmbench-keep", "--fmbench-prices", "own.toml"),
        *("--fmbench-price", "g6e.2xlarge=1.95", "--fmbench-price", "ml.g5.xlarge=2"),
        *("--fmbench-aws", "regions=us-west-2,us-east-1", "--fmbench-aws", "role=arn:aws:iam::1:role/a=b"),
    )
    settings = read_settings(config)
    assert (settings.budget_usd, settings.keep) == (2.5, True)
    assert settings.prices == {"g6e.2xlarge": 1.95, "ml.g5.xlarge": 2.0}
    assert settings.prices_file == pytester.path / "own.toml"
    assert settings.aws == {"regions": "us-west-2,us-east-1", "role": "arn:aws:iam::1:role/a=b"}
    recorded = recorded_options(config)
    assert recorded["fmbench_budget"] == "2.50"
    assert recorded["fmbench_aws"] == ["regions=us-west-2,us-east-1", "role=arn:aws:iam::1:role/a=b"]


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "-1", "nan", "inf", "ten", "1e3", "$5", "1,000", " 5", "٣", "9" * 400]
)
def test_a_budget_is_a_positive_number_of_dollars(pytester: pytest.Pytester, text: str) -> None:
    assert refusal(pytester, f"--fmbench-budget={text}") == f"--fmbench-budget {text!r}: {POSITIVE}"


@pytest.mark.parametrize("text", ["g5.xlarge=0", "g5.xlarge=-1", "g5.xlarge=nan", "g5.xlarge=much", "g5.xlarge="])
def test_a_price_is_a_positive_number_of_dollars(pytester: pytest.Pytester, text: str) -> None:
    assert refusal(pytester, "--fmbench-price", text) == f"--fmbench-price {text!r}: {POSITIVE}"


@pytest.mark.parametrize("text", ["", "g5.xlarge", "=5", "g5 xlarge=5"])
def test_a_price_is_one_of_an_instance(pytester: pytest.Pytester, text: str) -> None:
    assert "give an instance and its dollars an hour, as g6e.2xlarge=1.95" in refusal(
        pytester, f"--fmbench-price={text}"
    )


def test_a_price_is_given_once(pytester: pytest.Pytester) -> None:
    twice = ("--fmbench-price", "g5.xlarge=1", "--fmbench-price", "g5.xlarge=2")
    assert refusal(pytester, *twice) == "--fmbench-price g5.xlarge is given twice; give it once"


def test_a_table_of_prices_is_read_at_the_start(pytester: pytest.Pytester) -> None:
    assert "there is no file" in refusal(pytester, "--fmbench-prices", "nowhere.toml")
    pytester.makefile(".toml", own="prices = 5")
    assert "unknown field `prices`" in refusal(pytester, "--fmbench-prices", "own.toml")


@pytest.mark.parametrize("text", ["", "regions", "regions=", "regions= ", "=x", "Regions=x", "a b=x", "--x=y"])
def test_a_setting_has_a_name_and_a_value(pytester: pytest.Pytester, text: str) -> None:
    assert refusal(pytester, f"--fmbench-aws={text}") == (
        "--fmbench-aws: number 1 is no NAME=VALUE, such as regions=us-west-2,us-east-1"
    )


def test_a_setting_is_given_once(pytester: pytest.Pytester) -> None:
    twice = ("--fmbench-aws", "zones=a", "--fmbench-aws", "zones=b")
    assert refusal(pytester, *twice) == "--fmbench-aws zones is given twice; commas join several values"


@pytest.mark.parametrize("text", ["secret_access_key=hunter2", "token=hunter2", "profile=AKIA0123456789ABCDEF"])
def test_a_setting_holds_no_secret(pytester: pytest.Pytester, text: str) -> None:
    problem = refusal(pytester, "--fmbench-aws", text)
    assert "holds a secret, and options are recorded" in problem
    assert text.partition("=")[2] not in problem


def test_the_name_of_a_secret_is_none(pytester: pytest.Pytester, tmp_path: Path) -> None:
    given = ("--fmbench-aws", "token_parameter=/hf/token", "--fmbench-aws", f"profile={tmp_path.name}")
    assert read(pytester, *given).aws["token_parameter"] == "/hf/token"
