"""Quotas, prices, who looks by tags, and what is left of each kind."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.tags import LEASE
from tests.support.aws.cloud import Cloud
from tests.unit.support.aws.requests import LEASED, REGION, ROLE, hosted, launched, scheduled

pytestmark = pytest.mark.lasting

G_AND_VT = "L-DB2E81BA"


def test_quotas_are_known_and_can_be_set(cloud: Cloud) -> None:
    quotas = client("service-quotas", REGION)
    cloud.quota("ec2", G_AND_VT, 8)
    assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode=G_AND_VT)["Quota"]["Value"] == 8
    assert G_AND_VT in [one["QuotaCode"] for one in quotas.list_service_quotas(ServiceCode="ec2")["Quotas"]]
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-00000000")


def test_no_price_is_there_that_no_test_gave(cloud: Cloud, ec2: Any) -> None:
    pricing = client("pricing", REGION)
    asked = {
        "ServiceCode": "AmazonEC2",
        "Filters": [{"Type": "TERM_MATCH", "Field": "instanceType", "Value": "g5.xlarge"}],
    }
    assert pricing.get_products(**asked)["PriceList"] == []
    cloud.price("AmazonEC2", "g5.xlarge", "us-west-2", 1.25)
    cloud.price("AmazonEC2", "g6.xlarge", "us-west-2", 2.5)
    cloud.price("spot", "g5.xlarge", REGION, 0.5)
    (found,) = map(json.loads, pricing.get_products(**asked)["PriceList"])
    (offer,) = found["terms"]["OnDemand"].values()
    (price,) = offer["priceDimensions"].values()
    assert (float(price["pricePerUnit"]["USD"]), price["unit"]) == (1.25, "Hrs")
    assert found["product"]["attributes"]["regionCode"] == "us-west-2"
    (spot,) = ec2.describe_spot_price_history(InstanceTypes=["g5.xlarge"])["SpotPriceHistory"]
    assert float(spot["SpotPrice"]) == 0.5


def test_what_has_tags_is_found_by_them(cloud: Cloud) -> None:  # noqa: ARG001
    launched()
    hosted()
    tagging = client("resourcegroupstaggingapi", REGION)
    found = [
        page["ResourceARN"]
        for pages in tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": LEASE, "Values": ["fmbench-lease-1"]}], ResourcesPerPage=2
        )
        for page in pages["ResourceTagMappingList"]
    ]
    kinds = sorted(one.split(":")[5].split("/")[0] for one in found)
    assert kinds == ["endpoint", "endpoint-config", "instance", "model", "network-interface", "volume"]
    endpoints = tagging.get_resources(ResourceTypeFilters=["sagemaker:endpoint"])["ResourceTagMappingList"]
    assert {tag["Key"]: tag["Value"] for tag in endpoints[0]["Tags"]} == LEASED
    assert tagging.get_resources(TagFilters=[{"Key": LEASE, "Values": ["another"]}])["ResourceTagMappingList"] == []


TAGS = [{"Key": key, "Value": value} for key, value in LEASED.items()]


def specified(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": TAGS}]


def volume(region: str) -> None:
    made = client("ec2", region)
    made.create_volume(AvailabilityZone=f"{region}a", Size=8, TagSpecifications=specified("volume"))


def group(region: str) -> None:
    client("ec2", region).create_security_group(GroupName="fmbench-lease-1", Description="no tags, but our name")


def address(region: str) -> None:
    client("ec2", region).allocate_address(Domain="vpc", TagSpecifications=specified("elastic-ip"))


def template(region: str) -> None:
    client("ec2", region).create_launch_template(
        LaunchTemplateName="t",
        LaunchTemplateData={"InstanceType": "g5.xlarge"},
        TagSpecifications=specified("launch-template"),
    )


def schedule(region: str) -> None:
    client("scheduler", region).create_schedule(**scheduled("fmbench-lease-1", time.time() + 60))


def role(region: str) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    client("iam", region).create_role(RoleName="r", AssumeRolePolicyDocument=policy, Tags=TAGS)


def secret(region: str) -> None:
    client("secretsmanager", region).create_secret(Name="s", SecretString="x", Tags=TAGS)


def bucket(region: str) -> None:
    made = client("s3", region)
    made.create_bucket(Bucket="fmbench-lease-1", CreateBucketConfiguration={"LocationConstraint": region})


def logs(region: str) -> None:
    client("logs", region).create_log_group(logGroupName="g", tags=LEASED)


def model(region: str) -> None:
    made = client("sagemaker", region)
    made.create_model(ModelName="m", PrimaryContainer={"Image": "i"}, ExecutionRoleArn=ROLE, Tags=TAGS)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (volume, "ec2:volume"),
        (group, "ec2:security-group"),
        (address, "ec2:elastic-ip"),
        (template, "ec2:launch-template"),
        (schedule, "scheduler:schedule"),
        (role, "iam:role"),
        (secret, "secretsmanager:secret"),
        (bucket, "s3:bucket"),
        (logs, "logs:log-group"),
        (model, "sagemaker:model"),
    ],
)
def test_each_kind_is_seen_when_it_is_left(cloud: Cloud, make: Any, kind: str) -> None:
    assert cloud.left() == []
    make("us-west-2")
    assert [one.split()[0] for one in cloud.left()] == [kind]


def test_what_is_not_ours_is_not_left(cloud: Cloud, ec2: Any) -> None:
    launched(TagSpecifications=None)
    ec2.create_security_group(GroupName="theirs", Description="d")
    assert cloud.left() == []
