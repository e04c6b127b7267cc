"""NVIDIA Triton with a repository of models that somebody has made."""

from __future__ import annotations

from pathlib import PurePosixPath

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, served_name
from pytest_fmbench.stacks.card import Card
from pytest_fmbench.stacks.settings import settings, spoken
from pytest_fmbench.stacks.triton import DOCUMENTS, RELEASE, USER_GUIDE, front_end

CARD = Card(
    name="triton",
    documents=(
        f"{USER_GUIDE}/user_guide/model_repository.html",
        f"{USER_GUIDE}/user_guide/model_management.html",
        *DOCUMENTS[1:],
    ),
    dialects=("triton-generate", "triton-generate-whole", "triton-llmapi", "kserve-v2"),
    image=f"nvcr.io/nvidia/tritonserver:{RELEASE}-py3",
    vendors=("nvidia",),
    own_flags=False,
)


class TritonRepository:
    """Triton. The model is its path in a repository; what it is made of, such as an ensemble's parts, lies beside it.

    All else is said by the repository's own configuration, so there are no knobs and no precisions here.
    """

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its container is started, over the repository."""
        found, served = settings(CARD, deployment), served_name(deployment.model)
        repository = str(PurePosixPath(deployment.model).parent)
        front = front_end(spoken(CARD, deployment), repository, deployment.model)
        return LaunchPlan(
            command=(),
            model=deployment.model,
            quantization=None,
            served_model=served,
            dialect=spoken(CARD, deployment),
            container=Container(
                str(deployment.options.get("image", CARD.image)),
                (*front.arguments, "--model-control-mode", "explicit", "--load-model", served),
                found.variables,
                port=front.port,
                metrics_port=front.metrics_port,
            ),
            paths=(repository,),
            accelerators=1,
            base_path=front.base_path,
            ready_path=front.ready_path,
            ready_timeout_s=LOADING_TIMEOUT_S,
            facts=front.facts,
        )
