"""Answers of AWS about prices, in their form: the Price List's, whose products are JSON texts, and of spot prices.

Shaped as https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html shows them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.session import get_session
from botocore.validate import ParamValidator


def product(attributes: Mapping[str, str], *usd: str, unit: str = "Hrs", terms: str = "OnDemand") -> str:
    """A product with a price by each of ``usd``."""
    dimensions = {
        f"SKU.{nth}": {"unit": unit, "pricePerUnit": {"USD": each}, "description": "", "beginRange": "0"}
        for nth, each in enumerate(usd)
    }
    offer = {"SKU.JRTCKXETXF": {"priceDimensions": dimensions, "sku": "SKU", "termAttributes": {}}}
    return json.dumps({"product": {"attributes": dict(attributes), "sku": "SKU"}, "terms": {terms: offer}})


@cache
def _input_shape(service: str, operation: str) -> Any:
    return get_session().get_service_model(service).operation_model(operation).input_shape


class Prices:
    """Answers to questions about prices, each checked against botocore's model of the service; one product a page.

    :param ec2: products of EC2.
    :param sagemaker: those of SageMaker.
    :param spot: types and prices, one an entry of a zone.
    :ivar asked: service, region, operation and request of each question.
    """

    def __init__(self, ec2: list[str], sagemaker: list[str], spot: list[tuple[str, str]]) -> None:
        self._products = {"AmazonEC2": ec2, "AmazonSageMaker": sagemaker}
        self._spot = [{"InstanceType": name, "SpotPrice": usd, "AvailabilityZone": "z"} for name, usd in spot]
        self.asked: list[tuple[str, str, str, dict[str, Any]]] = []

    def __call__(self, service: str, region: str, operation: str, /, **request: Any) -> dict[str, Any]:
        """Answer one question."""
        self.asked.append((service, region, operation, request))
        name = {"get_products": "GetProducts", "describe_spot_price_history": "DescribeSpotPriceHistory"}[operation]
        problems = ParamValidator().validate(request, _input_shape(service, name))
        if problems.has_errors():
            raise AssertionError(problems.generate_report())
        whole = self._products[request["ServiceCode"]] if operation == "get_products" else self._spot
        key = "PriceList" if operation == "get_products" else "SpotPriceHistory"
        nth = int(request.get("NextToken", "0"))
        more = {"NextToken": str(nth + 1)} if nth + 1 < len(whole) else {}
        return {key: whole[nth : nth + 1], **more}
