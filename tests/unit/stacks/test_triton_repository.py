from __future__ import annotations

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container
from pytest_fmbench.platforms.containers import Lent, inside
from pytest_fmbench.stacks.triton_repository import TritonRepository


def test_a_model_is_served_from_the_folder_that_it_lies_in() -> None:
    planned = TritonRepository().plan(Deployment("/srv/repository/ensemble", "triton"))
    container = planned.container or Container("none")
    assert container.arguments == (
        *("tritonserver", "--model-repository", "/srv/repository"),
        *("--http-port", "{port}", "--metrics-port", "{metrics_port}"),
        *("--model-control-mode", "explicit", "--load-model", "ensemble"),
    )
    assert (planned.served_model, planned.dialect, planned.paths) == (
        "ensemble",
        "triton-generate",
        ("/srv/repository",),
    )
    assert planned.request_fields == {}, "what a model of somebody's takes is not known"
    seen = inside(container.arguments, container, Lent(8000, model=planned.model, paths=planned.paths))
    assert seen[2] == "/fmbench/paths/0/repository"
