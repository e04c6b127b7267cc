from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_fmbench.catalog import METRICS, PLATFORMS
from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.price import Price, Tariff, TokenPrice, tariff_in
from pytest_fmbench.platforms.base import Surroundings
from pytest_fmbench.runs.tariffs import Tariffs, see_that_dollars_are_known
from pytest_fmbench.sla import parse

TOKENS = TokenPrice(1e-6, 2e-6, 0.1e-6, 1e-6, "a table")

LISTED, PAID = Price(2.0, "a table", "2026-11"), Tariff(2.0, None, "a table", "2026-11")


def own(usd_per_hour: float) -> Tariff:
    return Tariff(usd_per_hour, None, "--fmbench-price")


def nowhere(*_: object) -> Path:
    raise AssertionError


def tariff(deployment: Deployment, tariffs: Tariffs, **surroundings: Any) -> Tariff | None:
    return tariffs.of(PLATFORMS[deployment.platform](Surroundings(nowhere, **surroundings)), deployment)


HERE, THERE = Deployment("m", "llamacpp"), Deployment("m", "openai", "url:http://h:1/v1")


def test_nobody_says_what_this_machine_costs_or_somebody_elses() -> None:
    assert tariff(HERE, Tariffs()) is None
    assert tariff(THERE, Tariffs({"local": 2.0})) is None


def test_an_hour_is_said_of_an_instance_or_of_a_platform() -> None:
    said = Tariffs({"url": 3.0, "local": 2.0, "url:http://h:1/v1": 4.0})
    assert tariff(HERE, said) == own(2.0)
    assert tariff(THERE, said) == own(4.0)
    assert tariff(Deployment("m", "openai", "url:http://other/v1"), said) == own(3.0)


def test_tokens_are_said_of_a_model() -> None:
    said = Tariffs(tokens={"m": TOKENS}.get)
    assert tariff(THERE, said) == Tariff(0.0, TOKENS)
    assert tariff(Deployment("other", "openai", "url:http://h:1/v1"), said) is None


def test_what_we_pay_is_what_platforms_say() -> None:
    bedrock = Deployment("m", "bedrock", "bedrock:us-east-1")
    assert tariff(bedrock, Tariffs(), token_price={"m": TOKENS}.get) == Tariff(0.0, TOKENS)
    leased = Deployment("m", "vllm", "ec2:g6e.2xlarge?regions=us-west-2")
    assert tariff(leased, Tariffs(tokens={"m": TOKENS}.get), price=lambda *_: LISTED) == PAID


@pytest.mark.skipif(sys.version_info < (3, 11), reason="load= takes a Python that Amazon Linux has")
@pytest.mark.parametrize(
    ("instance", "stack", "found"),
    [
        ("ec2:g6e.2xlarge?regions=us-west-2&load=c7i.large", "vllm", PAID),
        ("sagemaker:ml.g5.2xlarge?regions=us-west-2&load=c7i.large&load_role=r&source=10.0.0.1/32", "vllm", PAID),
        ("sagemaker:ml.g5.2xlarge?endpoint=e&regions=us-west-2&load=c7i.large&load_role=r", "openai", own(1.5)),
        ("bedrock:us-west-2?load=c7i.large&load_role=r", "bedrock", Tariff(0.0, TOKENS)),
    ],
)
def test_an_instance_that_generates_load_serves_nobody(instance: str, stack: str, found: Tariff) -> None:
    loaded = Deployment("m", stack, instance)
    prices = {"g6e.2xlarge": LISTED, "ml.g5.2xlarge": LISTED, "c7i.large": Price(0.1, "another")}
    said = Tariffs({"sagemaker": 1.5})
    assert tariff(loaded, said, token_price={"m": TOKENS}.get, price=lambda _, kind, *__: prices[kind]) == found


def test_an_objective_on_dollars_takes_a_price() -> None:
    counted = [parse("error_rate <= 0%", METRICS), parse("task.usd < 0.02 USD", METRICS)]
    see_that_dollars_are_known(counted, METRICS, Tariff(1.0), "m+s+local", "local")
    see_that_dollars_are_known(counted[:1], METRICS, None, "m+s+local", "local")
    with pytest.raises(UsageError, match=r"'task\.usd < 0\.02 USD'.*m\+s\+local costs: --fmbench-price local=USD"):
        see_that_dollars_are_known(counted, METRICS, None, "m+s+local", "local")


@pytest.mark.parametrize("told", [None, Tariff(2.0), Tariff(0.5, TOKENS)])
def test_a_tariff_is_read_as_it_was_written(told: Tariff | None) -> None:
    kept = {} if told is None else {"tariff": asdict(cast("Any", told))}
    assert tariff_in(kept, "case.json") == told


@pytest.mark.parametrize("bad", [{"usd_per_hour": 1.0}, {"tokens": None, "hour": 1}, {"tokens": {"input": 1}}, [1]])
def test_a_tariff_of_another_version_is_told(bad: object) -> None:
    with pytest.raises(StoreError, match=r"the tariff in case\.json cannot be read"):
        tariff_in({"tariff": bad}, "case.json")
