"""Where to serve it: the same chat on an instance of EC2, an endpoint of SageMaker, and a model of Bedrock.

They cost money, and are skipped unless they may:
``pytest benchmarks/ -k "ec2 or sagemaker or bedrock" --fmbench-budget 5``.
"""

import pytest

from pytest_fmbench import Deployment, chat, closed

PLACES = [
    Deployment("Qwen/Qwen2.5-0.5B-Instruct", "vllm", "ec2:g5.xlarge"),
    Deployment("Qwen/Qwen2.5-0.5B-Instruct", "djl", "sagemaker:ml.g5.xlarge"),
    Deployment("amazon.nova-micro-v1:0", "bedrock", "bedrock:us-east-1"),
]


@pytest.mark.deployments(*PLACES)
@pytest.mark.sla("ttft.mean < 4s", "error_rate <= 0%")
def test_places(fmbench, deployment):
    """A reply begins soon, wherever it comes from."""
    run = fmbench(deployment, chat(output_tokens=24), closed(4))
    assert run.output_tokens.p50 > 8
