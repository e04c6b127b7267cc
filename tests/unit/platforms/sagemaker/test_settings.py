from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.sagemaker.settings import NAMES, Wanted, wanted_of

ROLE = "arn:aws:iam::123456789012:role/Serving"


def wanted(place: str, **session: str) -> Wanted:
    return wanted_of(Deployment("org/m", "djl", f"sagemaker:{place}"), session)


def test_a_type_is_all_that_is_needed() -> None:
    found = wanted("ml.g5.2xlarge")
    assert (found.type, found.instances, found.regions, found.payload) == ("ml.g5.2xlarge", 1, (), "messages")
    assert (found.ami, found.boot_s, found.container_s, found.foreign) == (None, 3_600.0, None, False)


def test_what_the_session_says_holds_where_the_deployment_says_nothing() -> None:
    session = {"role": ROLE, "regions": "us-west-2", "market": "spot"}
    found = wanted("ml.g5.2xlarge?regions=us-east-1,eu-west-1", **session)
    assert (found.role, found.regions) == (ROLE, ("us-east-1", "eu-west-1"))


def test_each_setting_is_read() -> None:
    text = (
        f"instances=2&image=i:1&model_data=s3://b/m.tar.gz&ami=default&payload=inputs&boot_timeout=90s&profile=p&role={ROLE}"
        f"&container_timeout=10min&subnets=s-1,s-2&security_groups=g-1&scheduler_role={ROLE}"
    )
    found = wanted(f"ml.g5.2xlarge?{text}")
    assert (found.instances, found.image, found.model_data, found.ami) == (2, "i:1", "s3://b/m.tar.gz", "")
    assert (found.payload, found.boot_s, found.container_s, found.profile) == ("inputs", 90.0, 600.0, "p")
    assert (found.subnets, found.security_groups, found.scheduler_role) == (("s-1", "s-2"), ("g-1",), ROLE)


def test_an_endpoint_that_runs_needs_no_type() -> None:
    found = wanted("?endpoint=theirs&component=one")
    assert (found.foreign, found.endpoint, found.component) == (True, "theirs", "one")


def test_a_type_that_came_later_than_the_table_is_let_through() -> None:
    assert wanted("ml.zz9.48xlarge").type == "ml.zz9.48xlarge"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("", r"needs a type of SageMaker's, such as 'sagemaker:ml\.g5\.2xlarge', or an endpoint that runs"),
        ("g5.2xlarge", r"needs a type of SageMaker's"),
        ("ml.g5.3xlarge", r"unknown instance type 'ml\.g5\.3xlarge', did you mean 'ml\.g5\."),
        ("ml.g5.2xlarge?market=spot", r"unknown setting of sagemaker 'market'.*Known: ami, boot_timeout, component"),
        ("ml.g5.2xlarge?instances=0", r"instances='0' counts from 1"),
        ("ml.g5.2xlarge?instances=two", r"instances='two' counts from 1"),
        ("ml.g5.2xlarge?role=Serving", r"role='Serving' is no role's ARN, such as 'arn:aws:iam::"),
        ("ml.g5.2xlarge?scheduler_role=x", r"scheduler_role='x' is no role's ARN"),
        (
            "ml.g5.2xlarge?payload=xml",
            r"unknown payload 'xml'.*Known: generate, generate-whole, infer, inputs, inputs-",
        ),
        ("ml.g5.2xlarge?boot_timeout=nan", r"boot_timeout='nan' is a time, such as '20min', from 1 s$"),
        ("ml.g5.2xlarge?boot_timeout=inf", r"boot_timeout='inf' is a time, such as '20min', from 1 s$"),
        ("ml.g5.2xlarge?container_timeout=5", r"container_timeout='5' is a time, such as '20min', from 60 s to 3600 s"),
        ("ml.g5.2xlarge?model_data=/here", r"model_data='/here' lies in S3"),
        ("ml.g5.2xlarge?eula=yes", r"eula='yes': 'accepted' accepts a model's terms"),
        ("ml.g5.2xlarge?component=one", r"component= is on an endpoint that runs: name it with endpoint="),
        ("ml.g5.2xlarge?subnets=s-1", r"give subnets= and security_groups= together, or neither"),
        ("ml.g5.2xlarge?jumpstart=m&image=i", r"JumpStart says which image and data a model has: leave yours out"),
        ("?endpoint=not_a_name", r"endpoint='not_a_name' is no name of SageMaker's"),
    ],
)
def test_what_can_never_be_had_is_refused_with_what_could(place: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        wanted(place)


def test_every_name_is_a_setting_that_is_read() -> None:
    assert len(NAMES) == len({*NAMES}) == 21
