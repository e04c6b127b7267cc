"""Today's prices of a region, asked of AWS and written where :mod:`~pytest_fmbench.spend.prices.instances` finds them.

On-demand prices are the Price List's (``pricing:GetProducts``): of EC2, Linux on shared hardware without licences; of
SageMaker, real-time hosting. Spot prices are those of now (``ec2:DescribeSpotPriceHistory``), of the dearest zone.
https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from pytest_fmbench.clock import wall_iso
from pytest_fmbench.errors import CloudFault
from pytest_fmbench.spend.files import write_durably
from pytest_fmbench.spend.prices.instances import refreshed_path
from pytest_fmbench.spend.prices.table import ON_DEMAND, SPOT, Table, written

PRICING_REGION = "us-east-1"
"""One of the few in which the Price List answers; it tells of all regions."""

_EC2 = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
}
_SAGEMAKER = {"productFamily": "ML Instance"}
_SPOT_PRODUCT = "Linux/UNIX"

Attributes = Mapping[str, str]


class Ask(Protocol):
    """Asks an operation of a service of AWS, as its client calls it, and returns the answer."""

    def __call__(self, service: str, region: str, operation: str, /, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401  # each operation's own
        """One call.

        :raises CloudFault: when it fails.
        """
        ...


def refresh(region: str, ask: Ask, folder: Path) -> Table:
    """Ask for the prices of ``region`` and write them to its file in ``folder``.

    :raises UsageError: for what is no region.
    :raises CloudFault: when AWS does not answer, or knows no price there.
    :raises StoreError: when the table cannot be written.
    """
    path = refreshed_path(folder, region)
    ec2 = {ON_DEMAND: _on_demand(ask, "AmazonEC2", region, _EC2, _ec2_name)}
    if not ec2[ON_DEMAND]:
        raise CloudFault(f"AWS tells no price of region {region!r}; is that its name?")
    ec2[SPOT] = _spot(ask, region)
    sagemaker = {ON_DEMAND: _on_demand(ask, "AmazonSageMaker", region, _SAGEMAKER, _sagemaker_name)}
    table = Table("AWS", wall_iso()[:10], {region: ec2}, {region: sagemaker})
    write_durably(path, written(table).encode())
    return table


def _on_demand(
    ask: Ask, service: str, region: str, wanted: Mapping[str, str], name_in: Callable[[Attributes], str]
) -> dict[str, float]:
    """Dollars an hour by name; the highest, should one have several.

    :param name_in: the name of a product, from its attributes; empty where it is something else.
    """
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]
    filters.append({"Type": "TERM_MATCH", "Field": "regionCode", "Value": region})
    found: dict[str, float] = {}
    pages = _pages(ask, "pricing", PRICING_REGION, "get_products", ServiceCode=service, Filters=filters)
    for page in pages:
        for text in page["PriceList"]:
            product = json.loads(text)
            name = name_in(product["product"]["attributes"])
            for usd in _hourly(product) if name else ():
                found[name] = max(usd, found.get(name, 0.0))
    return found


def _ec2_name(attributes: Attributes) -> str:
    """Also blocks of capacity are products, which are sold beforehand."""
    return attributes.get("instanceType", "") if attributes.get("marketoption", "OnDemand") == "OnDemand" else ""


def _sagemaker_name(attributes: Attributes) -> str:
    """What serves requests is called so by the one attribute or the other; a type has other prices for other work."""
    work = attributes.get("platoinstancetype") or attributes.get("component")
    return attributes.get("instanceName", "") if work == "Hosting" else ""


def _hourly(product: Mapping[str, Any]) -> Iterator[float]:
    """Its prices by the hour; those that are 0 stand for what is not sold so."""
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            usd = float(dimension["pricePerUnit"].get("USD", 0.0))
            if usd > 0.0 and dimension["unit"].lower() in ("hrs", "hours", "hour"):
                yield usd


def _spot(ask: Ask, region: str) -> dict[str, float]:
    """Dollars an hour by type, in the zone where it costs most."""
    asked = {"ProductDescriptions": [_SPOT_PRODUCT], "StartTime": wall_iso()}
    found: dict[str, float] = {}
    for page in _pages(ask, "ec2", region, "describe_spot_price_history", **asked):
        for entry in page["SpotPriceHistory"]:
            usd = float(entry["SpotPrice"])
            found[entry["InstanceType"]] = max(usd, found.get(entry["InstanceType"], 0.0))
    return found


def _pages(ask: Ask, service: str, region: str, operation: str, **request: object) -> Iterator[Mapping[str, Any]]:
    token = ""
    while True:
        page = ask(service, region, operation, **request, **({"NextToken": token} if token else {}))
        yield page
        token = page.get("NextToken") or ""
        if not token:
            return
