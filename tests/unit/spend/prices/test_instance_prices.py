from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.price import Price
from pytest_fmbench.spend.prices import instances
from pytest_fmbench.spend.prices.instances import InstancePrices, prices_folder, refreshed_path
from pytest_fmbench.spend.prices.table import Table, written

G5 = "g5.xlarge"
BY_VANTAGE = ("instances.vantage.sh via aws-gpu", "2026-08-26")


def refreshed(folder: Path, region: str, usd: float) -> None:
    table = Table("AWS", "2026-11-26", {region: {"on-demand": {G5: usd}, "spot": {G5: usd / 4}}})
    refreshed_path(folder, region).write_text(written(table))


def own_file(folder: Path, usd: float) -> Path:
    path = folder / "own.toml"
    path.write_text(f'date = "2026-11"\n[ec2.us-east-1.on-demand]\n"{G5}" = {usd}\n')
    return path


def test_the_package_knows_what_dated_sources_say() -> None:
    known = InstancePrices()
    assert known.price_of("ec2", G5, "us-east-1") == Price(1.006, *BY_VANTAGE)
    assert known.usd_per_hour("ec2", G5, "eu-central-1", "1yr-no-upfront") == 0.79254
    assert known.price_of("ec2", "c7g.4xlarge", "us-east-1") == Price(
        0.58, "AWS Price List via Karpenter", "2026-02-09"
    )
    assert known.price_of("ec2", "p5e.48xlarge", "us-east-1") == Price(110.92, "FMBench's table", "2025-04")
    assert known.usd_per_hour("sagemaker", "ml.g5.xlarge", "us-east-1") == 1.41
    assert known.price_of("ec2", G5, "me-south-1") is None
    assert known.price_of("ec2", G5, "us-east-1", "spot") is None
    assert known.price_of("ec2", "ml.g5.xlarge", "us-east-1") is None
    assert known.price_of("bedrock", G5, "us-east-1") is None


def test_whoever_comes_first_is_believed(tmp_path: Path) -> None:
    refreshed(tmp_path, "us-east-1", 2.0)
    refreshed(tmp_path, "us-west-2", 3.0)
    file = own_file(tmp_path, 4.0)
    known = InstancePrices(refreshed=tmp_path)
    assert known.price_of("ec2", G5, "us-east-1") == Price(2.0, "AWS", "2026-11-26")
    assert known.usd_per_hour("ec2", G5, "us-west-2", "spot") == 0.75
    assert known.usd_per_hour("ec2", "g5.2xlarge", "us-east-1") == 1.212  # which only the package knows
    known = InstancePrices(file=file, refreshed=tmp_path)
    assert known.price_of("ec2", G5, "us-east-1") == Price(4.0, str(file), "2026-11")
    known = InstancePrices({G5: 5.0}, file, tmp_path)
    for market in ("on-demand", "spot", "reservation:cr-1", "block:cb-1"):
        assert known.price_of("ec2", G5, "eu-west-1", market) == Price(5.0, "--fmbench-price")


def test_what_is_refreshed_meanwhile_is_read_again(tmp_path: Path) -> None:
    known = InstancePrices(refreshed=tmp_path)
    for written_s, usd in enumerate((2.0, 3.0)):
        refreshed(tmp_path, "us-east-1", usd)
        os.utime(refreshed_path(tmp_path, "us-east-1"), (written_s, written_s))
        assert known.usd_per_hour("ec2", G5, "us-east-1") == usd


def test_a_reservation_is_paid_as_on_demand_is_and_a_block_beforehand() -> None:
    known = InstancePrices()
    assert known.usd_per_hour("ec2", G5, "us-east-1", "reservation:cr-1") == 1.006
    assert known.usd_per_hour("ec2", G5, "us-east-1", "") == 1.006
    assert known.price_of("ec2", "p5.48xlarge", "us-west-2", "block:cb-1") == Price(
        0.0, "a capacity block is paid for when it is reserved"
    )
    assert known.price_of("ec2", G5, "us-east-1", "block") is None


def test_what_nobody_knows_says_how_it_can_be_told() -> None:
    known = InstancePrices()
    assert known.known_price_of("ec2", G5, "us-east-1").usd_per_hour == 1.006
    with pytest.raises(NotAllowed) as caught:
        known.known_price_of("ec2", "g7e.2xlarge", "us-west-2", "spot")
    assert str(caught.value) == (
        "nobody knows what g7e.2xlarge costs in us-west-2 (spot), so that no budget can hold: --fmbench-price "
        "g7e.2xlarge=USD says what an hour of it costs, `fmbench prices --refresh us-west-2` asks AWS"
    )


def test_the_names_that_have_a_price_are_told(tmp_path: Path) -> None:
    refreshed(tmp_path, "us-west-2", 3.0)
    known = InstancePrices(refreshed=tmp_path)
    assert {G5, "p5.48xlarge"} < known.names("us-west-2")
    assert {G5, "ml.g5.xlarge"} < known.names("us-east-1")
    assert known.names("me-south-1") == frozenset()


def test_without_a_session_what_was_refreshed_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    assert instances.price_of("ec2", G5, "us-east-1") == Price(1.006, *BY_VANTAGE)
    prices_folder().mkdir()
    refreshed(prices_folder(), "us-east-1", 2.0)
    assert instances.price_of("ec2", G5, "us-east-1") == Price(2.0, "AWS", "2026-11-26")


@pytest.mark.parametrize("region", ["", "../x", "us/west", "us-west-2\n", "us west"])
def test_what_is_no_region_is_no_path(tmp_path: Path, region: str) -> None:
    with pytest.raises(UsageError, match="is no region of AWS"):
        refreshed_path(tmp_path, region)


@pytest.mark.parametrize("usd", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_price_is_refused(usd: float) -> None:
    with pytest.raises(UsageError, match=r"--fmbench-price g5\.xlarge=.*: give a positive number of dollars an hour"):
        InstancePrices({G5: usd})
