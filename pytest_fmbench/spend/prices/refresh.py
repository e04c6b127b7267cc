"""Today's prices of a region, asked of AWS and written where :mod:`~pytest_fmbench.spend.prices.instances` finds them.

On-demand prices are the Price List's (``pricing:GetProducts``): of EC2, Linux on shared hardware without licences, and
standard instances that are reserved for years; of SageMaker, real-time hosting, whose savings plans are not there. Spot
prices are those of now (``ec2:DescribeSpotPriceHistory``), of the dearest zone.
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
from pytest_fmbench.spend.prices.table import ON_DEMAND, PLANS, SPOT, Table, written

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
_HOURS = ("hrs", "hours", "hour")
_HOURS_A_YEAR = 8_760.0

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
    ec2 = _listed(ask, "AmazonEC2", region, _EC2, _ec2_name)
    if not ec2[ON_DEMAND]:
        raise CloudFault(f"AWS tells no price of region {region!r}; is that its name?")
    ec2[SPOT] = _spot(ask, region)
    sagemaker = _listed(ask, "AmazonSageMaker", region, _SAGEMAKER, _sagemaker_name)
    table = Table("AWS", wall_iso()[:10], {region: ec2}, {region: sagemaker})
    write_durably(path, written(table).encode())
    return table


def _listed(
    ask: Ask, service: str, region: str, wanted: Mapping[str, str], name_in: Callable[[Attributes], str]
) -> dict[str, dict[str, float]]:
    """Dollars an hour by market and name; the highest, should one have several. There is always one on demand.

    :param name_in: the name of a product, from its attributes; empty where it is something else.
    """
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]
    filters.append({"Type": "TERM_MATCH", "Field": "regionCode", "Value": region})
    found: dict[str, dict[str, float]] = {ON_DEMAND: {}}
    pages = _pages(ask, "pricing", PRICING_REGION, "get_products", ServiceCode=service, Filters=filters)
    for page in pages:
        for text in page["PriceList"]:
            product = json.loads(text)
            name = name_in(product["product"]["attributes"])
            for market, usd in _hourly(product) if name else ():
                rates = found.setdefault(market, {})
                rates[name] = max(usd, rates.get(name, 0.0))
    return found


def _ec2_name(attributes: Attributes) -> str:
    """Also blocks of capacity are products, which are sold beforehand."""
    return attributes.get("instanceType", "") if attributes.get("marketoption", "OnDemand") == "OnDemand" else ""


def _sagemaker_name(attributes: Attributes) -> str:
    """What serves requests is called so by the one attribute or the other; a type has other prices for other work."""
    work = attributes.get("platoinstancetype") or attributes.get("component")
    return attributes.get("instanceName", "") if work == "Hosting" else ""


def _hourly(product: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Its markets and prices by the hour; those that are 0 stand for what is not sold so."""
    terms = product.get("terms", {})
    for term in terms.get("OnDemand", {}).values():
        yield from ((ON_DEMAND, usd) for usd, unit in _dimensions(term) if unit in _HOURS)
    for term in terms.get("Reserved", {}).values():
        plan = _plan(term.get("termAttributes", {}))
        if plan is not None:
            yield plan, _spread(term, plan)


def _dimensions(term: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    """Dollars and units of a term, without those that are 0."""
    for dimension in term["priceDimensions"].values():
        usd = float(dimension["pricePerUnit"].get("USD", 0.0))
        if usd > 0.0:
            yield usd, dimension["unit"].lower()


def _plan(attributes: Attributes) -> str | None:
    """The market that a reservation is; None of one that may be exchanged for another type, which costs more."""
    payment = attributes.get("PurchaseOption", "").lower().replace(" ", "-")
    plan = f"{attributes.get('LeaseContractLength', '')}-{payment}"
    return plan if plan in PLANS and attributes.get("OfferingClass", "standard") == "standard" else None


def _spread(term: Mapping[str, Any], plan: str) -> float:
    """Dollars an hour of a reservation: what each hour costs, and its part of what is paid at once."""
    years = int(plan.partition("yr")[0])
    return sum(usd if unit in _HOURS else usd / (years * _HOURS_A_YEAR) for usd, unit in _dimensions(term))


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
