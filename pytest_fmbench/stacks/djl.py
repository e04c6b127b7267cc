"""DJL Serving with vLLM in it, as Amazon's containers for large models (LMI) have it."""

from __future__ import annotations

import json

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks import vllm_engine
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, counting, folder, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag
from pytest_fmbench.stacks.settings import settings


def _spelt(setting: str, made: vllm_engine.Made) -> Flag:
    return Flag(variables={f"OPTION_{setting.upper()}": "{value}"}, words=lambda value: (_text(made(value)),))


def _text(value: object) -> str:
    """As JSON has it, but for texts, which are as they are."""
    return value if isinstance(value, str) else json.dumps(value)


CARD = Card(
    name="djl",
    documents=(
        "https://github.com/deepjavalibrary/djl-serving/blob/master/serving/docs/lmi/user_guides/vllm_user_guide.md",
        "https://github.com/deepjavalibrary/djl-serving/blob/master/serving/docs/lmi/user_guides/chat_input_output_schema.md",
        "https://github.com/deepjavalibrary/djl-serving/blob/master/serving/docs/lmi/deployment_guide/configurations.md",
        "https://github.com/deepjavalibrary/djl-serving/blob/master/serving/docs/inference_api.md",
        "https://github.com/deepjavalibrary/djl-serving/releases",
    ),
    dialects=OPENAI[:2],
    image="763104351884.dkr.ecr.us-west-2.amazonaws.com/djl-inference:0.35.0-lmi17.0.0-cu128",
    knobs={
        **vllm_engine.knobs(_spelt),
        "tensor_parallel": Flag(variables={"TENSOR_PARALLEL_DEGREE": "{value}"}),
    },
    precisions=vllm_engine.precisions(_spelt),
    kv_precisions=vllm_engine.kv_precisions(_spelt),
    kv_rules=vllm_engine.KV_RULES,
    vendors=("nvidia",),
    own_flags=False,
)


class Djl:
    """LMI. It is told everything by variables; the engine's other settings are options too (``OPTION_DTYPE``)."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: as a container, and in no other way."""
        found, served = settings(CARD, deployment), served_name(deployment.model)
        load, kept = folder(deployment)
        told = {
            "HF_MODEL_ID": load,
            "OPTION_ASYNC_MODE": "true",
            "OPTION_ROLLING_BATCH": "disable",
            "OPTION_ENTRYPOINT": "djl_python.lmi_vllm.vllm_async_service",
            "OPTION_SERVED_MODEL_NAME": served,
            "TENSOR_PARALLEL_DEGREE": "1",
            **found.variables,
        }
        return LaunchPlan(
            command=(),
            model=deployment.model,
            quantization=kept,
            served_model=served,
            dialect=deployment.dialect,
            request_fields=counting(deployment.dialect),
            container=Container(str(deployment.options.get("image", CARD.image)), environment=told, port=8080),
            accelerators=deployment.tensor_parallel * int(deployment.options.get("pipeline_parallel", 1)),
            ready_path="/ping",
            ready_timeout_s=LOADING_TIMEOUT_S,
        )
