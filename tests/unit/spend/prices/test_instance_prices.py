from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.price import Price
from pytest_fmbench.spend.prices import instances
from pytest_fmbench.spend.prices.instances import InstancePrices, packaged, prices_folder, refreshed_path
from pytest_fmbench.spend.prices.table import Table, written

SHARED = Path(os.environ.get("FMBENCH_SHARED", Path(__file__).parents[5] / "shared/data"))
G5 = "g5.xlarge"


def refreshed(folder: Path, region: str, usd: float) -> None:
    table = Table("AWS", "2026-11-26", {region: {"on-demand": {G5: usd}, "spot": {G5: usd / 4}}})
    refreshed_path(folder, region).write_text(written(table))


def own_file(folder: Path, usd: float) -> Path:
    path = folder / "own.toml"
    path.write_text(f'date = "2026-11"\n[ec2.us-east-1.on-demand]\n"{G5}" = {usd}\n')
    return path


def test_the_package_knows_one_region_by_a_dated_source() -> None:
    known = InstancePrices()
    assert known.price_of("ec2", G5, "us-east-1") == Price(1.006, "FMBench's table", "2025-04")
    assert known.usd_per_hour("sagemaker", "ml.g5.xlarge", "us-east-1") == 1.4084
    assert known.price_of("ec2", G5, "us-west-2") is None
    assert known.price_of("ec2", G5, "us-east-1", "spot") is None
    assert known.price_of("ec2", "ml.g5.xlarge", "us-east-1") is None
    assert known.price_of("bedrock", G5, "us-east-1") is None


def test_it_has_all_that_the_table_it_comes_from_has_and_nothing_else() -> None:
    folder = SHARED / "fmbench"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; FMBENCH_SHARED names the folder that holds fmbench/")
    texts = [(folder / name).read_text() for name in ("pricing.yml", "pricing_fallback.yml")]
    lines = [re.findall(r"^    ([a-z0-9-]+(?:\.[a-z0-9-]+)+): ([0-9.]+)$", text, re.MULTILINE) for text in texts]
    wanted = {name: float(usd) for found in lines for name, usd in found if not name.startswith("anthropic")}
    table = packaged()
    assert table.ec2["us-east-1"]["on-demand"] | table.sagemaker["us-east-1"]["on-demand"] == wanted
    assert all(name.startswith("ml.") for name in table.sagemaker["us-east-1"]["on-demand"])


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
    assert known.names("us-west-2") == {G5}
    assert {G5, "ml.g5.xlarge"} < known.names("us-east-1")
    assert known.names("eu-west-1") == frozenset()


def test_without_a_session_what_was_refreshed_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    assert instances.price_of("ec2", G5, "us-east-1") == Price(1.006, "FMBench's table", "2025-04")
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
