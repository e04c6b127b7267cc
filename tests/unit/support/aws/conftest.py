"""What tests of AWS's stand-in share."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.platforms.aws.clients import client
from tests.support.aws.cloud import Cloud

REGION = "us-east-1"


@pytest.fixture
def ec2(cloud: Cloud) -> Any:  # noqa: ARG001  # which says where AWS is
    return client("ec2", REGION)


@pytest.fixture
def sagemaker(cloud: Cloud) -> Any:  # noqa: ARG001  # likewise
    return client("sagemaker", REGION)
