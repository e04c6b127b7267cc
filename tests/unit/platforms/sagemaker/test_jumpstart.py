"""What JumpStart's documents say, as its SDK reads them; the documents here are made up after that."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fmbench.errors import NotAllowed, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.sagemaker.images import GPU_AMI
from pytest_fmbench.platforms.sagemaker.jumpstart import read, see_that_it_takes
from pytest_fmbench.platforms.sagemaker.settings import Wanted, wanted_of

DOCUMENT: dict[str, Any] = {
    "HostingEcrUri": "1.dkr.ecr.us-east-1.amazonaws.com/djl-inference:1",
    "HostingArtifactUri": "s3://jumpstart/model/",
    "HostingArtifactS3DataType": "S3Prefix",
    "HostingArtifactCompressionType": "None",
    "HostingUseScriptUri": False,
    "HostingScriptUri": "s3://jumpstart/script.tar.gz",
    "InferenceEnvironmentVariables": [
        {"Name": "OPTION_MAX_MODEL_LEN", "Type": "text", "Default": 4096},
        {"Name": "TENSOR_PARALLEL_DEGREE", "Default": "1"},
        {"Name": "HF_MODEL_ID", "Default": ""},
    ],
    "HostingInstanceTypeVariants": {
        "Aliases": {"new": "1.dkr.ecr.us-east-1.amazonaws.com/djl-inference:2"},
        "Variants": {
            "g5": {"Properties": {"ImageUri": "$new"}},
            "ml.g5.12xlarge": {"properties": {"environment_variables": {"TENSOR_PARALLEL_DEGREE": "4"}}},
        },
    },
}


def wanted(more: str = "", type_: str = "ml.g5.12xlarge") -> Wanted:
    return wanted_of(Deployment("m", "djl", f"sagemaker:{type_}?jumpstart=a-model{more}"), {})


def test_image_data_and_variables_are_those_of_the_type() -> None:
    found = read(DOCUMENT, "arn", wanted(), {"OPTION_MAX_MODEL_LEN": 2048})
    assert found.definition["Image"].endswith(":2")
    assert found.definition["Environment"] == {"OPTION_MAX_MODEL_LEN": "2048", "TENSOR_PARALLEL_DEGREE": "4"}
    source = found.definition["ModelDataSource"]["S3DataSource"]
    assert source == {"S3Uri": "s3://jumpstart/model/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    assert (found.ami, found.isolated) == (GPU_AMI, False)


def test_another_type_has_what_all_have() -> None:
    found = read({**DOCUMENT, "InferenceEnableNetworkIsolation": True}, "arn", wanted("", "ml.p4d.24xlarge"), {})
    assert found.definition["Image"].endswith(":1")
    assert found.definition["Environment"]["TENSOR_PARALLEL_DEGREE"] == "1"
    assert found.isolated


def test_terms_are_accepted_by_nobody_but_the_user() -> None:
    gated = {**DOCUMENT, "HostingEulaUri": "s3://terms", "GatedBucket": True}
    with pytest.raises(NotAllowed, match=r"'a-model' has terms \(s3://terms\); eula=accepted accepts them"):
        read(gated, "arn", wanted(), {})
    source = read(gated, "arn", wanted("&eula=accepted"), {}).definition["ModelDataSource"]["S3DataSource"]
    assert source["ModelAccessConfig"] == {"AcceptEula": True}
    assert source["HubAccessConfig"] == {"HubContentArn": "arn"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"HostingUseScriptUri": True}, "takes a script beside its data"),
        ({"HostingModelPackageArn": "arn"}, "is no image with data of its own"),
        ({"HostingEcrUri": None, "HostingInstanceTypeVariants": None}, "is no image with data of its own"),
        ({"HostingArtifactUri": None}, "is no image with data of its own"),
    ],
)
def test_what_takes_the_sdk_says_so(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read({**DOCUMENT, **changed}, "arn", wanted(), {})


def test_data_that_hold_their_script_need_none() -> None:
    packed = {**DOCUMENT, "HostingUseScriptUri": True, "HostingPrepackedArtifactUri": "s3://packed/m.tar.gz"}
    source = read(packed, "arn", wanted(), {}).definition["ModelDataSource"]["S3DataSource"]
    assert source["S3Uri"] == "s3://packed/m.tar.gz"


def test_settings_that_would_be_lost_are_refused() -> None:
    one = Deployment(
        "m", "djl", "sagemaker:ml.g5.12xlarge?jumpstart=j", "fp8", tensor_parallel=4, options={"context": 9}
    )
    with pytest.raises(UsageError, match="so context, tensor_parallel, quantization would be lost"):
        see_that_it_takes(one, wanted_of(one, {}))
    see_that_it_takes(Deployment("m", "djl", options={"OPTION_DTYPE": "bf16"}), wanted())
