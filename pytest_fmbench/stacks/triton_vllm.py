"""NVIDIA Triton with vLLM in it."""

from __future__ import annotations

import json
from collections.abc import Callable

from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks import vllm
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag
from pytest_fmbench.stacks.settings import nested, settings, spoken
from pytest_fmbench.stacks.triton import DOCUMENTS, METRICS_PORT, RELEASE, front_end

_BACKEND = "https://github.com/triton-inference-server/vllm_backend/blob/main"
_NOT_ITS = ("lora", "data_parallel")
"""Knobs that take more than an entry, or of which no document says that the backend has them."""

_MODEL = """\
backend: "vllm"
instance_group [ { count: 1 kind: KIND_MODEL } ]
parameters: { key: "REPORT_CUSTOM_METRICS" value: { string_value: "true" } }
"""


def _entry(flag: Flag) -> Flag:
    """An argument of vLLM's command as its engine has it: ``--max-model-len`` is ``max_model_len``."""
    if not flag.on:
        return flag
    name, *rest = flag.on
    made = flag.made if rest in ([], ["{value}"]) else _always(rest[0])
    return Flag(entry=name.removeprefix("--").replace("-", "_"), made=made)


def _always(fixed: str) -> Callable[[Option], object]:
    return lambda _: fixed


CARD = Card(
    name="triton_vllm",
    documents=(f"{_BACKEND}/README.md", f"{_BACKEND}/docs/additional_outputs.md", *DOCUMENTS),
    dialects=(*OPENAI, "triton-generate"),
    image=f"nvcr.io/nvidia/tritonserver:{RELEASE}-vllm-python-py3",
    knobs={name: _entry(flag) for name, flag in vllm.CARD.knobs.items() if name not in _NOT_ITS},
    precisions={name: _entry(flag) for name, flag in vllm.CARD.precisions.items()},
    kv_precisions={name: _entry(flag) for name, flag in vllm.CARD.kv_precisions.items()},
    kv_rules=vllm.CARD.kv_rules,
    metrics={
        "input_tokens": "vllm:prompt_tokens",
        "output_tokens": "vllm:generation_tokens",
        "ttft": "vllm:time_to_first_token_seconds",
        "itl": "vllm:time_per_output_token_seconds",  # by its name another, but each gap is noted
        "e2e": "vllm:e2e_request_latency_seconds",
    },
    metrics_ports={"triton-generate": METRICS_PORT},
    own_flags=False,
    own_entries=True,
    vendors=("nvidia",),
)


class TritonVllm:
    """Triton with vLLM's backend: OpenAI's front end, or Triton's own, whose metrics are at a port of their own."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its container is started, over a repository of one model."""
        found, served, dialect = settings(CARD, deployment), served_name(deployment.model), spoken(CARD, deployment)
        front = front_end(dialect, "{files}/models", deployment.model)
        engine = {"model": deployment.model, "disable_log_stats": False, **nested(found.entries)}
        counts = dict.fromkeys(("return_num_input_tokens", "return_num_output_tokens", "return_finish_reason"), True)
        return LaunchPlan(
            command=(),
            model=deployment.model,
            quantization=deployment.quantization,
            served_model=served,
            dialect=dialect,
            request_fields={} if dialect in OPENAI else counts,
            container=Container(
                str(deployment.options.get("image", CARD.image)),
                front.arguments,
                found.variables,
                port=front.port,
                metrics_port=front.metrics_port,
                cache="/root/.cache/huggingface",
            ),
            files={
                f"models/{served}/config.pbtxt": _MODEL,
                f"models/{served}/1/model.json": json.dumps(engine, indent=2) + "\n",
            },
            accelerators=vllm.devices(deployment),
            base_path=front.base_path,
            metrics_path=CARD.metrics_path if front.metrics_port else "",
            ready_path=front.ready_path,
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=front.facts,
        )
