from __future__ import annotations

from pytest_fmbench.model.deployment import Deployment, Option
from pytest_fmbench.stacks.lmdeploy import LmDeploy


def test_a_process_and_a_container_get_the_same_arguments_and_ports_of_their_own() -> None:
    options: dict[str, Option] = {"kv_precision": "int8", "kv_share": 0.5}
    planned = LmDeploy().plan(Deployment("org/model", "lmdeploy", "local", "awq", 2, options=options))
    serve = ("serve", "api_server", "org/model")
    arguments = (
        *("--model-name", "model", "--model-format", "awq", "--quant-policy", "8"),
        *("--cache-max-entry-count", "0.5", "--tp", "2"),
    )
    assert planned.command[1:] == (
        *("-m", "lmdeploy", *serve, "--server-name", "{host}", "--server-port", "{port}", *arguments),
    )
    assert planned.container is not None
    assert planned.container.arguments == ("lmdeploy", *serve, *arguments)
    assert (planned.container.port, planned.accelerators) == (23333, 2)
