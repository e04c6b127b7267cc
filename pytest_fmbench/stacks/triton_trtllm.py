"""NVIDIA Triton with TensorRT-LLM in it, as its LLM API: the way that NVIDIA's guides go, without engines."""

from __future__ import annotations

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks import trtllm
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S
from pytest_fmbench.stacks.card import Card
from pytest_fmbench.stacks.settings import nested, settings, spoken
from pytest_fmbench.stacks.triton import DOCUMENTS, RELEASE, USER_GUIDE, front_end
from pytest_fmbench.stacks.vllm import devices

_BACKEND = "https://github.com/triton-inference-server/tensorrtllm_backend/blob/main/docs/llmapi.md"
_MODEL = "https://github.com/NVIDIA/TensorRT-LLM/blob/main/triton_backend/all_models/llmapi/tensorrt_llm"
_REPOSITORY = "/app/all_models/llmapi"
_FILE = "model.yaml"

CARD = Card(
    name="triton_trtllm",
    documents=(f"{USER_GUIDE}/getting_started/llm.html", _BACKEND, f"{_MODEL}/1/model.py", *DOCUMENTS),
    dialects=("triton-llmapi",),
    image=f"nvcr.io/nvidia/tritonserver:{RELEASE}-trtllm-python-py3",
    knobs=trtllm.KNOBS,
    precisions=trtllm.PRECISIONS,
    kv_precisions=trtllm.KV_PRECISIONS,
    kv_rules=trtllm.KV_RULES,
    own_flags=False,
    own_entries=True,
    taking=trtllm.CARD.taking,
    vendors=("nvidia",),
)


class TritonTrtLlm:
    """Triton with TensorRT-LLM's backend. OpenAI's front end asks for inputs that its model has not: it is left out."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its container is started, over the repository that its image holds and a file of ours."""
        found, dialect = settings(CARD, deployment), spoken(CARD, deployment)
        front = front_end(dialect, _REPOSITORY, deployment.model)
        engine: dict[str, object] = {"model": deployment.model, "backend": "pytorch", **nested(found.entries)}
        engine["triton_config"] = {"max_batch_size": 0, "decoupled": True}  # decoupled, as it streams
        return LaunchPlan(
            command=(),
            model=deployment.model,
            quantization=deployment.quantization,
            served_model="tensorrt_llm",
            dialect=dialect,
            request_fields={"return_finish_reason": True},
            container=Container(
                str(deployment.options.get("image", CARD.image)),
                ("mpirun", "--allow-run-as-root", "-n", "1", *front.arguments),
                {"LLM_CONFIG_PATH": f"{{files}}/{_FILE}", **found.variables},
                port=front.port,
                metrics_port=front.metrics_port,
                cache="/root/.cache/huggingface",
            ),
            files={_FILE: trtllm.as_yaml(engine)},
            accelerators=devices(deployment),
            base_path=front.base_path,
            ready_path=front.ready_path,
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=front.facts,
        )
