from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_fmbench.errors import CloudFault, UsageError
from pytest_fmbench.spend.prices.instances import InstancePrices
from pytest_fmbench.spend.prices.refresh import refresh
from tests.support.price_list import Prices, product

POLICY = Path(__file__).parents[4] / "docs/iam/prices.json"
G5, P5 = {"instanceType": "g5.xlarge"}, {"instanceType": "p5.48xlarge"}
EC2 = [
    product(G5, "1.0060000000"),
    product(P5, "0.0000000000"),  # sold in blocks only
    product({"instanceType": "g6.xlarge"}, "0.7", "0.8", "0.6"),
    product({"instanceType": "t3.micro"}, "0.01", unit="Quantity"),
    product({"instanceType": "c5.large"}, "0.05", terms="Reserved"),
    product({"memory": "NA"}, "3.0"),
    product(G5 | {"marketoption": "CapacityBlock"}, "9.0"),
    product({"instanceType": "g6e.xlarge", "marketoption": "OnDemand"}, "1.86"),
]
ML_G5 = {"instanceName": "ml.g5.xlarge"}
SAGEMAKER = [
    product(ML_G5 | {"platoinstancetype": "Hosting"}, "1.41"),
    product(ML_G5 | {"platoinstancetype": "Training"}, "2.0"),
    product({"instanceName": "ml.g6.xlarge", "component": "Hosting"}, "1.1"),
    product({"instanceName": "ml.g6.xlarge"}, "3.0"),
]
SPOT = [("g5.xlarge", "0.30"), ("g5.xlarge", "0.45"), ("g6.xlarge", "0.25")]


def test_prices_of_a_region_are_asked_for_and_kept(tmp_path: Path) -> None:
    ask = Prices(EC2, SAGEMAKER, SPOT)
    table = refresh("us-west-2", ask, tmp_path)
    assert table.ec2 == {
        "us-west-2": {
            "on-demand": {"g5.xlarge": 1.006, "g6.xlarge": 0.8, "g6e.xlarge": 1.86},
            "spot": {"g5.xlarge": 0.45, "g6.xlarge": 0.25},
        }
    }
    assert table.sagemaker == {"us-west-2": {"on-demand": {"ml.g5.xlarge": 1.41, "ml.g6.xlarge": 1.1}}}
    known = InstancePrices(refreshed=tmp_path)
    price = known.price_of("ec2", "g5.xlarge", "us-west-2", "spot")
    assert price is not None
    assert (price.usd_per_hour, price.source) == (0.45, "AWS")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", price.date)


def test_what_is_asked_for_is_what_would_be_paid(tmp_path: Path) -> None:
    ask = Prices(EC2[:1], SAGEMAKER[:1], SPOT[:1])
    refresh("us-west-2", ask, tmp_path)
    [ec2, spot, sagemaker] = ask.asked
    assert [one[:3] for one in ask.asked] == [
        ("pricing", "us-east-1", "get_products"),
        ("ec2", "us-west-2", "describe_spot_price_history"),
        ("pricing", "us-east-1", "get_products"),
    ]
    filters = [{one["Field"]: one["Value"] for one in asked[3]["Filters"]} for asked in (ec2, sagemaker)]
    assert filters == [
        {
            "operatingSystem": "Linux",
            "tenancy": "Shared",
            "preInstalledSw": "NA",
            "capacitystatus": "Used",
            "regionCode": "us-west-2",
        },
        {"productFamily": "ML Instance", "regionCode": "us-west-2"},
    ]
    assert spot[3]["ProductDescriptions"] == ["Linux/UNIX"]


def test_the_policy_allows_what_is_asked_and_nothing_else(tmp_path: Path) -> None:
    ask = Prices(EC2[:1], SAGEMAKER, SPOT[:1])
    refresh("us-west-2", ask, tmp_path)
    asked = {f"{service}:{operation.title().replace('_', '')}" for service, _, operation, _ in ask.asked}
    [statement] = json.loads(POLICY.read_text())["Statement"]
    assert ({*statement["Action"]}, statement["Effect"]) == (asked, "Allow")


def test_a_region_without_prices_keeps_none(tmp_path: Path) -> None:
    with pytest.raises(CloudFault, match="AWS tells no price of region 'us-west-9'; is that its name"):
        refresh("us-west-9", Prices([], [], []), tmp_path)
    with pytest.raises(UsageError, match="is no region of AWS"):
        refresh("../us-west-2", Prices(EC2, [], []), tmp_path)
    assert [*tmp_path.iterdir()] == []


def reserved(length: str, payment: str, hourly: str, at_once: str, kind: str = "standard") -> dict[str, object]:
    """A term, in the form of the Price List."""
    dimensions = {
        "SKU.H": {"unit": "Hrs", "pricePerUnit": {"USD": hourly}},
        "SKU.Q": {"unit": "Quantity", "pricePerUnit": {"USD": at_once}},
    }
    attributes = {"LeaseContractLength": length, "PurchaseOption": payment, "OfferingClass": kind}
    return {"termAttributes": attributes, "priceDimensions": dimensions}


def test_what_is_paid_at_once_is_spread_over_the_hours_of_its_years(tmp_path: Path) -> None:
    terms = [
        reserved("1yr", "No Upfront", "0.70", "0"),
        reserved("1yr", "No Upfront", "0.80", "0", "convertible"),
        reserved("1yr", "Partial Upfront", "0.30", "2628"),
        reserved("3yr", "All Upfront", "0", "10512"),
        reserved("5yr", "No Upfront", "0.1", "0"),
    ]
    sold = json.loads(product(G5, "1.006"))
    sold["terms"]["Reserved"] = {f"SKU.{nth}": term for nth, term in enumerate(terms)}
    refresh("us-west-2", Prices([json.dumps(sold)], SAGEMAKER, SPOT), tmp_path)
    known = InstancePrices(refreshed=tmp_path)
    markets = ("on-demand", "1yr-no-upfront", "1yr-partial-upfront", "3yr-all-upfront", "3yr-no-upfront")
    found = [known.usd_per_hour("ec2", "g5.xlarge", "us-west-2", market) for market in markets]
    assert found == [1.006, 0.7, pytest.approx(0.6), pytest.approx(0.4), None]
