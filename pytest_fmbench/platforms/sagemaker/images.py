"""Which images of AWS serve which stack on SageMaker, and where they lie. Data.

Looked up on 26 November 2026. Tags: https://aws.github.io/deep-learning-containers/reference/available_images/ (in
https://github.com/aws/deep-learning-containers, ``docs/src/data``) and https://huggingface.co/docs/sagemaker/dlcs/available.
Accounts by region: https://github.com/aws/sagemaker-python-sdk, ``image_uri_config``. How each is told its settings:
``scripts/docker/vllm/sagemaker_args.py`` and ``scripts/docker/sglang/sagemaker_entrypoint.sh`` of the former,
``sagemaker-entrypoint.sh`` of https://github.com/huggingface/text-generation-inference,
https://huggingface.co/docs/optimum-neuron, and ``docker/sagemaker/serve`` of
https://github.com/triton-inference-server/server, whose image is in these accounts since 23.12
(https://github.com/aws/sagemaker-python-sdk/pull/4432, and /5999 for its tag). AMIs: ``InferenceAmiVersion`` of
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html (its own choice has a
driver that is too old for images of CUDA 12.9 and later).
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.errors import UnknownName

GPU_AMI, NEURON_AMI = "al2023-ami-sagemaker-inference-gpu-4-1", "al2-ami-sagemaker-inference-neuron-2"


@dataclass(frozen=True)
class Hosting:
    """How a stack is run there.

    :param model: the variable that names what it loads.
    :param prefix: of the variables that become flags of its command; None where it takes no flags.
    :param lists: such a variable may hold several words, as a JSON array.
    :param ami: that its instances need.
    :param triton: it loads a model of a repository, and has payloads of its own.
    """

    repository: str
    tag: str
    model: str
    prefix: str | None = None
    lists: bool = False
    ami: str = GPU_AMI
    triton: bool = False


HOSTINGS = {
    "djl": Hosting("djl-inference", "0.38.0-lmi29.0.0-cu130", "HF_MODEL_ID"),
    "vllm": Hosting("vllm", "0.31.0-gpu-py312-cu130-ubuntu24.04-sagemaker", "SM_VLLM_MODEL", "SM_VLLM_", lists=True),
    "sglang": Hosting("sglang", "0.5.21-gpu-py312-cu130-ubuntu24.04-sagemaker", "SM_SGLANG_MODEL_PATH", "SM_SGLANG_"),
    "tgi": Hosting(
        "huggingface-pytorch-tgi-inference", "2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04", "HF_MODEL_ID", ""
    ),
    "triton": Hosting("sagemaker-tritonserver", "26.05-py3", "SAGEMAKER_TRITON_DEFAULT_MODEL_NAME", triton=True),
    "vllm_neuron": Hosting(
        "huggingface-vllm-inference-neuronx",
        "0.11.0-optimum0.4.5-neuronx-py310-sdk2.26.1-ubuntu22.04",
        "SM_ON_MODEL",
        "SM_ON_",
        ami=NEURON_AMI,
    ),
}
"""By the stack's name."""

_MOST = "763104351884"
_ACCOUNTS = {
    **dict.fromkeys(
        (
            *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
            *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
            *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
        ),
        _MOST,
    ),
    "af-south-1": "626614931356",
    "ap-east-1": "871362719292",
    "ap-east-2": "975050140332",
    "ap-northeast-3": "364406365360",
    "ap-south-2": "772153158452",
    "ap-southeast-3": "907027046896",
    "ap-southeast-4": "457447274322",
    "ap-southeast-5": "550225433462",
    "ap-southeast-6": "633930458069",
    "ap-southeast-7": "590183813437",
    "ca-west-1": "204538143572",
    "cn-north-1": "727897471807",
    "cn-northwest-1": "727897471807",
    "eu-central-2": "380420809688",
    "eu-south-1": "692866216735",
    "eu-south-2": "503227376785",
    "il-central-1": "780543022126",
    "me-central-1": "914824155844",
    "me-south-1": "217643126080",
    "me-west-1": "124382933778",
    "mx-central-1": "637423239942",
    "us-gov-east-1": "446045086412",
    "us-gov-west-1": "442386744353",
}


def image_of(hosting: Hosting, region: str) -> str:
    """The image in ``region``, from which alone SageMaker takes one.

    :raises UnknownName: for a region in which none is known.
    """
    if region not in _ACCOUNTS:
        raise UnknownName("region of AWS's images (image= names one of yours):", region, _ACCOUNTS)
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{_ACCOUNTS[region]}.dkr.ecr.{region}.{suffix}/{hosting.repository}:{hosting.tag}"
