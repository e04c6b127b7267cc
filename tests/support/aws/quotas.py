"""Service Quotas, the Price List, and what spot instances cost: what moto lacks.

Quotas hold what an account of some years may have; a test may set them. No price is invented: a test gives those that
it needs. Source of the codes: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
"""

from __future__ import annotations

import json
from typing import Any

from tests.support.aws.asked import ACCOUNT, Asked, Refusal
from tests.support.aws.world import Forward, World

QUOTAS = {
    ("ec2", "L-1216C47A"): ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 640.0),
    ("ec2", "L-DB2E81BA"): ("Running On-Demand G and VT instances", 192.0),
    ("ec2", "L-417A185B"): ("Running On-Demand P instances", 384.0),
    ("ec2", "L-1945791B"): ("Running On-Demand Inf instances", 192.0),
    ("ec2", "L-2C3B7624"): ("Running On-Demand Trn instances", 256.0),
    ("ec2", "L-34B43A08"): ("All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 640.0),
    ("ec2", "L-3819A6DF"): ("All G and VT Spot Instance Requests", 192.0),
    ("ec2", "L-7212CCBC"): ("All P4, P3 and P2 Spot Instance Requests", 192.0),
    ("ec2", "L-C4BD4855"): ("All P5 Spot Instance Requests", 192.0),
    ("ec2", "L-B5D1601B"): ("All Inf Spot Instance Requests", 192.0),
    ("ec2", "L-6B0D517C"): ("All Trn Spot Instance Requests", 256.0),
    ("sagemaker", "L-9614C779"): ("ml.g5.2xlarge for endpoint usage", 2.0),
    ("sagemaker", "L-1928E07B"): ("ml.g5.xlarge for endpoint usage", 2.0),
}
_PAGE = 100


def get_quota(world: World, asked: Asked, _: Forward) -> Any:
    """GetServiceQuota and GetAWSDefaultServiceQuota."""
    key = asked.request["ServiceCode"], asked.request["QuotaCode"]
    if key not in QUOTAS:
        raise Refusal(
            "NoSuchResourceException", f"The request failed because the specified quota {key[1]} does not exist"
        )
    return {"Quota": _quota(world, asked.region, key)}


def list_quotas(world: World, asked: Asked, _: Forward) -> Any:
    """ListServiceQuotas and ListAWSDefaultServiceQuotas."""
    service = asked.request["ServiceCode"]
    found = [_quota(world, asked.region, key) for key in QUOTAS if key[0] == service]
    if not found:
        raise Refusal("NoSuchResourceException", f"The request failed because the service {service} does not exist")
    return {"Quotas": found}


def get_products(world: World, asked: Asked, _: Forward) -> Any:
    """GetProducts, of the prices that the test gave."""
    if asked.region not in ("us-east-1", "eu-central-1", "ap-south-1"):
        raise Refusal("UnknownEndpoint", f"There is no Price List in {asked.region}", 404)
    wanted = {one["Field"]: one["Value"] for one in asked.request.get("Filters", ()) if one["Type"] == "TERM_MATCH"}
    listed = [
        json.dumps(_product(*key, usd))
        for key, usd in world.prices.items()
        if key[0] == asked.request["ServiceCode"] and _is(_attributes(*key), wanted)
    ]
    first = int(asked.request.get("NextToken", "0"))
    last = first + asked.request.get("MaxResults", _PAGE)
    more = {"NextToken": str(last)} if last < len(listed) else {}
    return {"FormatVersion": "aws_v1", "PriceList": listed[first:last], **more}


def spot_history(world: World, asked: Asked, _: Forward) -> Any:
    """DescribeSpotPriceHistory, likewise: prices that a test gave of the service ``spot``."""
    wanted = asked.request.get("InstanceTypes")
    found = []
    for (service, named, region), usd in world.prices.items():
        if service == "spot" and region == asked.region and (not wanted or named in wanted):
            kind = {"InstanceType": named, "ProductDescription": "Linux/UNIX", "SpotPrice": f"{usd:.6f}"}
            found.append({**kind, "AvailabilityZone": f"{region}a", "Timestamp": world.now()})
    return {"SpotPriceHistory": found}


def _quota(world: World, region: str, key: tuple[str, str]) -> dict[str, Any]:
    name, value = QUOTAS[key]
    return {
        "ServiceCode": key[0],
        "ServiceName": key[0],
        "QuotaArn": f"arn:aws:servicequotas:{region}:{ACCOUNT}:{key[0]}/{key[1]}",
        "QuotaCode": key[1],
        "QuotaName": name,
        "Value": world.quotas.get(key, value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def _attributes(service: str, named: str, region: str) -> dict[str, str]:
    """What a product is, as the Price List has it for a plain Linux machine."""
    ours = {"instanceType": named, "regionCode": region, "servicecode": service, "locationType": "AWS Region"}
    if service == "AmazonSageMaker":
        return ours | {"instanceName": named, "component": "Hosting", "productFamily": "ML Instance"}
    plain = {"operatingSystem": "Linux", "preInstalledSw": "NA", "tenancy": "Shared", "capacitystatus": "Used"}
    return ours | plain | {"licenseModel": "No License required", "productFamily": "Compute Instance"}


def _is(attributes: dict[str, str], wanted: dict[str, str]) -> bool:
    return all(attributes.get(name) == value for name, value in wanted.items())


def _product(service: str, named: str, region: str, usd: float) -> dict[str, Any]:
    attributes = _attributes(service, named, region)
    family, sku = attributes.pop("productFamily"), f"{service}.{named}.{region}".upper()
    price = {
        "unit": "Hrs",
        "beginRange": "0",
        "endRange": "Inf",
        "description": f"${usd} per hour for {named}",
        "appliesTo": [],
        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        "pricePerUnit": {"USD": f"{usd:.10f}"},
    }
    offer = {
        "priceDimensions": {price["rateCode"]: price},
        "sku": sku,
        "effectiveDate": "2026-11-01T00:00:00Z",
        "offerTermCode": "JRTCKXETXF",
        "termAttributes": {},
    }
    product = {"productFamily": family, "attributes": attributes, "sku": sku}
    terms = {"OnDemand": {f"{sku}.JRTCKXETXF": offer}}
    published = {"version": "20261101000000", "publicationDate": "2026-11-01T00:00:00Z"}
    return {"product": product, "serviceCode": service, "terms": terms, **published}


OPERATIONS = {
    ("service-quotas", "GetServiceQuota"): get_quota,
    ("service-quotas", "GetAWSDefaultServiceQuota"): get_quota,
    ("service-quotas", "ListServiceQuotas"): list_quotas,
    ("service-quotas", "ListAWSDefaultServiceQuotas"): list_quotas,
    ("pricing", "GetProducts"): get_products,
    ("ec2", "DescribeSpotPriceHistory"): spot_history,
}
