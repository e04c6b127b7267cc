"""``fmbench reap`` against AWS's stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from pytest_fmbench.spend.prices.instances import InstancePrices
from tests.support.aws.cloud import Cloud


def test_what_only_its_tags_tell_of_is_listed_with_its_price_and_left_alone_until_it_expires(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pytest_fmbench.platforms.aws.clients import client

    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    tags = {"fmbench-lease": "fmbench-stray", "fmbench-session": "elsewhere", "fmbench-expires": "99999999999"}
    listed = [{"Key": name, "Value": value} for name, value in tags.items()]
    ec2 = client("ec2", "us-east-1")
    image = client("ssm", "us-east-1").get_parameter(
        Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    )["Parameter"]["Value"]
    ec2.run_instances(
        ImageId=image,
        InstanceType="g5.xlarge",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": listed}],
    )
    assert main(["reap", "--yes"]) == 0
    told = capsys.readouterr().out
    assert "fmbench-stray" in told
    assert "$1.01" in told
    assert "may be alive on another machine" in told
    assert cloud.left() != []
    assert main(["reap", "--yes", "--session", "elsewhere"]) == 0
    assert "fmbench-stray: ended" in capsys.readouterr().out
    assert cloud.left() == []


def test_an_endpoint_that_strayed_is_listed_with_its_price(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pytest_fmbench.platforms.aws.clients import client

    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    name = "fmbench-astray"
    tags = {"fmbench-lease": name, "fmbench-session": "elsewhere", "fmbench-expires": "99999999999"}
    tagged = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    sagemaker = client("sagemaker", "us-east-1")
    role = "arn:aws:iam::123456789012:role/Serving"
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": "org/image:1"}, **tagged)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.g5.2xlarge", "InitialInstanceCount": 2}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **tagged)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, **tagged)
    assert main(["reap"]) == 0
    (line,) = [one for one in capsys.readouterr().out.splitlines() if name in one]
    usd = InstancePrices().usd_per_hour("sagemaker", "ml.g5.2xlarge", "us-east-1")
    assert usd is not None
    assert f"${2 * usd:.2f}" in line, "twice that of our table"
    assert main(["reap", "--yes", "--session", "elsewhere"]) == 0
    assert cloud.left() == []
