"""The package's own tables: that they are whole, and that what two of them know agrees.

They were written down from public files that other programs made of AWS's Price List, so a slip would show as a price
that does not fit those beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pytest_fmbench.spend.prices import packaged as packaging
from pytest_fmbench.spend.prices.instances import InstancePrices
from pytest_fmbench.spend.prices.packaged import NAMES, packaged
from pytest_fmbench.spend.prices.table import MARKETS, Table, read_table

SHARED = Path(os.environ.get("FMBENCH_SHARED", Path(__file__).parents[5] / "shared/data"))
HOME = "us-east-1"
TABLES = dict(zip(NAMES, packaged(), strict=True))
ACCELERATORS, PROCESSORS, FMBENCH = (TABLES[name] for name in ("accelerators", "processors", "fmbench"))


def family(name: str) -> str:
    return name.rpartition(".")[0]


def size(name: str) -> float:
    """How many times an ``xlarge``: 0.5 of ``large``, 12 of ``12xlarge``."""
    text = name.rpartition(".")[2]
    return {"large": 0.5, "xlarge": 1.0}.get(text) or float(text.removesuffix("xlarge"))


def ratios(rates: Mapping[str, float], of: Mapping[str, float]) -> dict[str, list[float]]:
    """By family, how many times more each type costs than in ``of``, as far as that has it."""
    found: dict[str, list[float]] = {}
    for name, usd in rates.items():
        if name in of:
            found.setdefault(family(name), []).append(usd / of[name])
    return found


def apart(found: Mapping[str, list[float]], share: float) -> list[str]:
    """Families whose ratios differ by more than that."""
    return [name for name, each in found.items() if max(each) > min(each) * (1.0 + share)]


def test_each_names_its_source_and_its_date_and_the_newest_is_first() -> None:
    dates = [table.date for table in TABLES.values()]
    assert dates == sorted(dates, reverse=True)
    assert all(re.fullmatch(r"20\d\d-\d\d(-\d\d)?", date) for date in dates)
    assert len({table.source for table in TABLES.values()}) == len(NAMES)
    folder = Path(packaging.__file__).with_name("data")
    assert {path.stem for path in folder.iterdir()} == {*NAMES}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 80_000


def test_a_table_is_read_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(path: Path) -> Table:
        read.append(path.stem)
        return read_table(path)

    packaging.table_of.cache_clear()
    monkeypatch.setattr(packaging, "read_table", noted)
    assert InstancePrices({"g5.xlarge": 1.0}).usd_per_hour("ec2", "g5.xlarge", HOME) == 1.0
    assert read == []
    assert InstancePrices().usd_per_hour("sagemaker", "ml.g5.xlarge", HOME) == 1.41
    assert InstancePrices().usd_per_hour("ec2", "g5.xlarge", HOME) == 1.006
    assert read == ["sagemaker", "accelerators"]


def regions() -> Iterator[tuple[str, str]]:
    for region, markets in ACCELERATORS.ec2.items():
        yield from ((region, market) for market in markets)


def test_regions_and_markets_are_of_aws() -> None:
    assert {region for region, _ in regions()} >= {HOME, "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1"}
    assert all(re.fullmatch(r"[a-z]{2}-[a-z]+-\d", region) for region, _ in regions())
    assert {market for _, market in regions()} == {"on-demand", "1yr-no-upfront"} < {*MARKETS}


@pytest.mark.parametrize(("region", "market"), [*regions()])
def test_a_family_is_as_much_dearer_elsewhere_whatever_its_size(region: str, market: str) -> None:
    there = ACCELERATORS.ec2[region][market]
    home = ACCELERATORS.ec2[HOME][market]
    assert there.keys() <= home.keys()
    # an eighth of a percent, where prices have four digits and more; those of g4dn and p3 have three
    found = ratios(there, home)
    assert apart({name: each for name, each in found.items() if name not in ("g4dn", "p3")}, 0.00125) == []
    assert apart(found, 0.01) == []
    assert all(0.9 < one < 2.0 for each in found.values() for one in each)


@pytest.mark.parametrize("region", sorted({region for region, _ in regions()}))
def test_a_year_s_plan_takes_as_much_off_a_family_whatever_its_size(region: str) -> None:
    markets = ACCELERATORS.ec2[region]
    found = ratios(markets.get("1yr-no-upfront", {}), markets["on-demand"])
    assert apart({name: each for name, each in found.items() if name != "g4dn"}, 0.001) == []
    assert apart(found, 0.01) == []
    assert all(0.6 < one < 0.72 for each in found.values() for one in each)


@pytest.mark.parametrize("name", ["processors", "sagemaker"])
def test_processors_cost_by_their_size(name: str) -> None:
    rates = [*TABLES[name].platforms.values()]
    prices = next(filter(None, rates))[HOME]["on-demand"]
    plain = {one: usd for one, usd in prices.items() if re.match(r"(ml\.)?[cmr]\d", one)}
    assert len(plain) > 70
    assert apart(ratios(plain, {one: size(one) for one in plain}), 0.008 if name == "sagemaker" else 0.0005) == []


def test_two_sources_agree_on_accelerators() -> None:
    ours, theirs = (table.ec2[HOME]["on-demand"] for table in (ACCELERATORS, PROCESSORS))
    both = ours.keys() & theirs.keys()
    assert len(both) >= 48
    assert {name: ours[name] for name in both} == {name: theirs[name] for name in both}


def test_what_differs_from_the_oldest_is_what_aws_made_cheaper() -> None:
    def differing(new: Mapping[str, float], old: Mapping[str, float]) -> set[str]:
        return {name for name in new.keys() & old.keys() if abs(new[name] / old[name] - 1.0) > 0.005}

    ec2 = PROCESSORS.ec2[HOME]["on-demand"] | ACCELERATORS.ec2[HOME]["on-demand"]
    old = FMBENCH.ec2[HOME]["on-demand"]
    changed = differing(ec2, old)
    assert changed == {"g6.4xlarge", "g6e.4xlarge", "p4d.24xlarge", "p4de.24xlarge", "p5.48xlarge"}
    hosted, before = (TABLES[name].sagemaker[HOME]["on-demand"] for name in ("sagemaker", "fmbench"))
    assert differing(hosted, before) == {"ml.p4d.24xlarge", "ml.p5.48xlarge", "ml.trn1.32xlarge"}
    assert all(ec2[name] < old[name] for name in changed)
    assert old.keys() - ec2.keys() == {"p5e.48xlarge"}
    assert before.keys() - hosted.keys() == {"ml.p3.2xlarge"}


def test_fmbench_s_table_has_all_that_the_one_it_comes_from_has_and_nothing_else() -> None:
    folder = SHARED / "fmbench"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; FMBENCH_SHARED names the folder that holds fmbench/")
    texts = [(folder / name).read_text() for name in ("pricing.yml", "pricing_fallback.yml")]
    lines = [re.findall(r"^    ([a-z0-9-]+(?:\.[a-z0-9-]+)+): ([0-9.]+)$", text, re.MULTILINE) for text in texts]
    wanted = {name: float(usd) for found in lines for name, usd in found if not name.startswith("anthropic")}
    assert FMBENCH.ec2[HOME]["on-demand"] | FMBENCH.sagemaker[HOME]["on-demand"] == wanted
    assert all(name.startswith("ml.") for name in FMBENCH.sagemaker[HOME]["on-demand"])
