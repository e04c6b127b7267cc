"""What is made, in which order, and what is left: against AWS's stand-in, which is no proof of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.errors import CloudFault, EnvironmentFault, LaunchError, NoCapacity, NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Signing
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.platforms.aws.clients import client
from pytest_fmbench.platforms.aws.deadman import groups
from pytest_fmbench.platforms.sagemaker import server as server_module
from pytest_fmbench.platforms.sagemaker.server import TheirEndpoint
from tests.support.noted import Noted
from tests.support.processes import eventually
from tests.support.sagemaker import deployment, planned, platform, started

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

CREATES = ("CreateScheduleGroup", "CreateSchedule", "CreateModel", "CreateEndpointConfig", "CreateEndpoint")


def nothing_is_left(cloud: Cloud, book: Noted) -> None:
    assert cloud.left() == []
    regions = ("us-east-1", "us-west-2")
    assert [one.name for region in regions for one in groups(client("scheduler", region), "fmbench-")] == []
    assert book.open_ones == {}


def only_lease(book: Noted) -> Lease:
    (lease,) = book.open_ones.values()
    return lease


def test_an_endpoint_is_made_after_what_ends_it_and_deleted_with_all_that_was_made(cloud: Cloud) -> None:
    cloud.endpoints_become("InService", after=2)
    book, said = Noted(), list[str]()
    server = started(platform(book), deployment(), said)
    made = [call.operation for call in cloud.calls if call.operation.startswith("Create")]
    assert list(dict.fromkeys(made)) == list(CREATES)
    assert [(one.kind, bool(one.identity)) for one in book.notes] == [
        (kind, known) for kind in ("schedule-group", "model", "endpoint_config", "endpoint") for known in (False, True)
    ]
    lease = only_lease(book)
    assert lease.usd_per_hour == 1.5
    assert server.endpoint.base_url.endswith(f"/endpoints/{lease.name}")
    assert (server.endpoint.model, server.endpoint.dialect) == ("name", "sagemaker-messages")
    assert server.endpoint.signing == Signing("sagemaker", "us-east-1")
    assert server.endpoint.headers == {}
    assert {"region": "us-east-1", "instance": "ml.g5.2xlarge", "instances": 1}.items() <= server.facts.items()
    assert server.facts["image"] == "djl-inference:0.38.0-lmi29.0.0-cu130", "the stand-in tells no digest"
    assert server.failure() is None
    assert any("is Creating" in line for line in said)
    server.stop()
    server.stop()
    nothing_is_left(cloud, book)


def test_a_repository_of_triton_s_is_made_into_an_endpoint_and_asked_as_triton_is(cloud: Cloud) -> None:
    server = started(platform(book := Noted()), deployment("?model_data=s3://b/repository.tar.gz", "triton"))
    (request,) = cloud.calls_of("CreateModel")
    container = request["PrimaryContainer"]
    assert container["Environment"]["SAGEMAKER_TRITON_DEFAULT_MODEL_NAME"] == "name"
    assert container["ModelDataSource"]["S3DataSource"]["CompressionType"] == "Gzip"
    assert (server.endpoint.model, server.endpoint.dialect) == ("name", "sagemaker-generate")
    assert server.facts["payload"] == "generate"
    server.stop()
    nothing_is_left(cloud, book)
    one = deployment("?endpoint=theirs&payload=infer", "triton", type_="")
    assert platform(None).start(one, None, Path("no/such/log"), print).endpoint.dialect == "sagemaker-infer"


def test_everything_carries_our_tags_in_the_call_that_makes_it(cloud: Cloud) -> None:
    book = Noted()
    started(platform(book), deployment())
    lease = only_lease(book)
    for operation in ("CreateScheduleGroup", "CreateModel", "CreateEndpointConfig", "CreateEndpoint"):
        (request,) = cloud.calls_of(operation)
        tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        assert tags["fmbench-lease"] == lease.name
        assert tags["fmbench-expires"] == str(int(lease.expires_s))


def test_without_a_role_for_it_the_lack_of_a_dead_man_is_said(cloud: Cloud) -> None:
    book, said = Noted(), list[str]()
    server = started(platform(book, scheduler_role=""), deployment(), said)
    assert "nothing ends this endpoint should this machine be lost: there is no scheduler_role=" in said[1]
    assert "`fmbench reap`" in said[1]
    assert cloud.calls_of("CreateSchedule") == []
    server.stop()
    nothing_is_left(cloud, book)


def test_where_we_may_not_schedule_that_is_said_too(cloud: Cloud) -> None:
    for operation in ("CreateScheduleGroup", "GetScheduleGroup", "ListScheduleGroups"):
        cloud.fault(operation, "AccessDeniedException", status=403, times=None)
    book, said = Noted(), list[str]()
    server = started(platform(book), deployment(), said)
    assert any("nothing ends this endpoint" in line and "AccessDeniedException" in line for line in said)
    platform(book).renew(only_lease(book))
    assert [one.name for one in platform(None).strays(["us-east-1"])] == [only_lease(book).name]
    server.stop()
    assert "whether it has a dead-man is not for us to know" in said[-1]
    cloud.behave()
    nothing_is_left(cloud, book)


def test_an_endpoint_that_fails_says_why_and_nothing_of_it_is_left(cloud: Cloud) -> None:
    cloud.endpoints_become("Failed", "The primary container did not pass the ping health check.", after=1)
    book = Noted()
    with pytest.raises(LaunchError, match=r"does not serve: The primary container did not pass the ping") as caught:
        started(platform(book), deployment())
    assert "/aws/sagemaker/Endpoints/fmbench-" in caught.value.log_tail[0], "there is no log in the stand-in"
    nothing_is_left(cloud, book)


def test_an_endpoint_that_does_not_come_in_time_is_given_up(cloud: Cloud) -> None:
    cloud.endpoints_become("InService", after=60)
    book = Noted()
    with pytest.raises(LaunchError, match=r"it is Creating after 120 s \(boot_timeout=\)"):
        started(platform(book), deployment("?boot_timeout=120"))
    nothing_is_left(cloud, book)


def test_where_one_region_has_no_room_the_next_is_tried(cloud: Cloud) -> None:
    cloud.fault("CreateEndpoint", "ResourceLimitExceeded", status=400)
    book, said = Noted(), list[str]()
    server = started(platform(book, regions="us-east-1,us-west-2"), deployment(), said)
    assert server.facts["region"] == "us-west-2"
    assert only_lease(book).usd_per_hour is None, "its price there is not known"
    assert any("ResourceLimitExceeded" in line for line in said)
    server.stop()
    nothing_is_left(cloud, book)


def test_a_region_whose_price_nobody_knows_is_no_way_out_and_no_skip(cloud: Cloud) -> None:
    class Priced(Noted):
        def open(
            self, deployment: Deployment, platform: str, place: Mapping[str, str], usd_per_hour: float | None
        ) -> Lease:
            if usd_per_hour is None:
                raise NotAllowed("nobody knows what it costs")
            return super().open(deployment, platform, place, usd_per_hour)

    cloud.fault("CreateEndpoint", "ResourceLimitExceeded", status=400)
    with pytest.raises(NoCapacity, match=r"ResourceLimitExceeded.*; nobody knows what it costs$"):
        started(platform(book := Priced(), regions="us-east-1,us-west-2"), deployment())
    nothing_is_left(cloud, book)
    with pytest.raises(NotAllowed, match=r"^nobody knows what it costs$"):
        started(platform(Priced(), regions="us-west-2"), deployment())


def test_where_no_region_has_room_each_is_named(cloud: Cloud) -> None:
    cloud.endpoints_become(
        "Failed", "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity"
    )
    book = Noted()
    with pytest.raises(NoCapacity, match=r"no room for it: us-east-1: .*; us-west-2: "):
        started(platform(book, regions="us-east-1,us-west-2"), deployment())
    nothing_is_left(cloud, book)


def test_what_a_second_interrupt_breaks_off_is_released_later_once_aws_lets_us(cloud: Cloud) -> None:
    def broken_off(_: float) -> None:
        raise KeyboardInterrupt

    cloud.endpoints_become("InService", after=9)
    book, said = Noted(), list[str]()
    with pytest.raises(KeyboardInterrupt):
        started(platform(book, broken_off), deployment())  # and again while it is undone
    lease = only_lease(book)
    assert len(cloud.left()) >= 3
    made = platform(book)
    made.release(lease, said.append)
    made.release(lease, said.append)
    assert cloud.left() == []
    assert any("is Creating" in line for line in said)


def test_nothing_that_is_only_called_like_ours_is_deleted(cloud: Cloud) -> None:
    book, role = Noted(), "arn:aws:iam::123456789012:role/r"
    lease = book.open(deployment(), "sagemaker", {"region": "us-east-1"}, None)
    theirs = client("sagemaker", "us-east-1")
    theirs.create_model(ModelName=lease.name, PrimaryContainer={"Image": "i"}, ExecutionRoleArn=role)
    variant = {"VariantName": "v", "ModelName": lease.name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    theirs.create_endpoint_config(EndpointConfigName=lease.name, ProductionVariants=[variant])
    other = [{"Key": "fmbench-lease", "Value": "fmbench-another"}]
    theirs.create_endpoint(EndpointName=lease.name, EndpointConfigName=lease.name, Tags=other)
    platform(book).release(lease, print)
    assert len(theirs.list_endpoints()["Endpoints"]) == len(theirs.list_models()["Models"]) == 1
    assert [call for call in cloud.calls if call.operation.startswith("Delete")] == []
    theirs.delete_endpoint(EndpointName=lease.name)


def test_a_lease_of_another_account_does_not_pass_for_released(cloud: Cloud) -> None:
    book = Noted()
    lease = book.open(deployment(), "sagemaker", {"region": "us-east-1", "account": "210987654321"}, None)
    with pytest.raises(CloudFault, match="is of the AWS account 210987654321, and the credentials are of 123456789012"):
        platform(book).release(lease, print)
    assert cloud.calls_of("DescribeEndpoint") == []


def test_replicas_are_copies_of_a_component_which_is_deleted_before_its_endpoint(cloud: Cloud) -> None:
    book = Noted()
    server = started(platform(book), deployment(type_="ml.g5.12xlarge", replicas="max"))
    lease = only_lease(book)
    (request,) = cloud.calls_of("CreateInferenceComponent")
    assert request["RuntimeConfig"] == {"CopyCount": 4}
    assert server.endpoint.headers == {"X-Amzn-SageMaker-Inference-Component": lease.name}
    assert server.facts["copies"] == 4
    server.stop()
    deleted = [call.operation for call in cloud.calls if call.operation.startswith("Delete")]
    assert deleted.index("DeleteInferenceComponent") < deleted.index("DeleteEndpoint")
    nothing_is_left(cloud, book)


def test_a_kept_endpoint_is_adopted_if_it_is_what_would_be_made_now(cloud: Cloud) -> None:
    book, one = Noted(), deployment()
    started(platform(book), one)
    lease = only_lease(book)
    adopted = platform(book).adopt(lease, one, planned(one), print)
    assert adopted.endpoint.base_url.endswith(lease.name)
    assert len(cloud.calls_of("CreateEndpoint")) == 1
    adopted.stop()
    nothing_is_left(cloud, book)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (deployment("?instances=2"), "instances: 1 instead of 2"),
        (deployment(type_="ml.g5.xlarge"), "instance type: ml.g5.2xlarge instead of ml.g5.xlarge"),
        (deployment(options={"context": 99}), "variables: "),
        (deployment("?image=i:2"), "image: "),
    ],
)
def test_one_that_is_something_else_is_not_adopted(cloud: Cloud, changed: object, said: str) -> None:
    book = Noted()
    started(platform(book), deployment())
    with pytest.raises(EnvironmentFault, match=f"is not what it claims: {said}"):
        platform(book).adopt(only_lease(book), changed, planned(changed), print)  # type: ignore[arg-type]  # of a table
    assert len(cloud.calls_of("DeleteEndpoint")) == 0, "that is for the caller"


def test_one_that_is_gone_is_not_adopted(cloud: Cloud) -> None:
    book, one = Noted(), deployment()
    started(platform(book), one)
    client("sagemaker", "us-east-1").delete_endpoint(EndpointName=only_lease(book).name)
    with pytest.raises(EnvironmentFault, match=r"the endpoint fmbench-.* is gone, or not of its lease"):
        platform(book).adopt(only_lease(book), one, planned(one), print)
    assert cloud.calls


def test_why_it_serves_no_more_is_known_and_asked_for_rarely(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Noted()
    server = started(platform(book), deployment())
    asked = len(cloud.calls_of("DescribeEndpoint"))
    assert [server.failure() for _ in range(100)] == [None] * 100
    assert len(cloud.calls_of("DescribeEndpoint")) == asked, "not again so soon"
    monkeypatch.setattr(server_module, "_FRESH_NS", 0)
    cloud.fault("DescribeEndpoint", "ThrottlingException", status=400)
    assert server.failure() is None
    assert eventually(lambda: len(cloud.calls_of("DescribeEndpoint")) > asked)
    assert server.failure() is None, "that AWS does not say is no failure of the server"
    monkeypatch.setattr(server_module, "_FRESH_NS", 10**18)
    assert server.failure_now() is None
    client("sagemaker", "us-east-1").delete_endpoint(EndpointName=only_lease(book).name)
    assert "is gone: its end has come" in str(server.failure_now()), "whoever has to know now waits for it"
    assert "is gone: its end has come, or somebody deleted it" in str(server.failure())
    server.stop()
    nothing_is_left(cloud, book)


def test_what_others_run_is_only_asked(cloud: Cloud) -> None:
    one = deployment("?endpoint=theirs&component=part&payload=inputs", stack="tgi", type_="")
    made = platform(None)
    made.check(one)
    server = made.start(one, planned(one), Path("no/such/log"), print)
    assert isinstance(server, TheirEndpoint)
    assert (server.foreign, server.failure(), server.log_tail(), made.usd_per_hour(one)) == (True, None, (), None)
    assert server.endpoint.base_url.endswith("/endpoints/theirs")
    assert server.endpoint.headers == {"X-Amzn-SageMaker-Inference-Component": "part"}
    assert (server.endpoint.model, server.endpoint.dialect) == ("org/name", "sagemaker-inputs")
    server.stop()
    assert cloud.calls == []


def test_the_address_of_the_runtime_is_the_one_that_boto3_finds(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "http://127.0.0.1:9")
    one = deployment("?endpoint=theirs", stack="tgi", type_="")
    server = platform(None).start(one, planned(one), Path("no/such/log"), print)
    assert server.endpoint.base_url == "http://127.0.0.1:9/endpoints/theirs"
    assert cloud.url not in server.endpoint.base_url


def test_what_costs_is_found_by_its_tags_alone(cloud: Cloud) -> None:
    book = Noted()
    started(platform(book), deployment())
    lease = only_lease(book)
    (found,) = platform(None).strays(["us-east-1", "us-west-2"])
    assert (found.name, found.specification, found.session, found.owner, found.expires_s) == (
        lease.name,
        lease.specification,
        lease.session,
        lease.owner,
        lease.expires_s,
    )
    assert (found.usd_per_hour, found.place["region"]) == (1.5, "us-east-1")
    assert {one.kind for one in found.resources} == {"model", "endpoint_config", "endpoint", "schedule-group"}
    platform(None).release(found, print)
    assert cloud.left() == []
    assert list(platform(None).strays(["us-east-1"])) == []


def test_nothing_is_made_without_leave_a_role_or_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    one = deployment()
    with pytest.raises(NotAllowed, match="its endpoint costs money; --fmbench-budget USD allows it"):
        started(platform(None), one)
    with pytest.raises(NotAllowed, match="its containers need a role: role=ARN with the instance, or --fmbench-aws"):
        started(platform(Noted(), role=""), one)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client.cache_clear()
    book = Noted()
    with pytest.raises(NotAllowed, match="there are no AWS credentials"):
        started(platform(book), one)
    assert book.opened == 0
