"""Ray Serve LLM: vLLM's engine behind Ray's routing, with copies that it shares requests among."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.stacks import vllm, vllm_engine
from pytest_fmbench.stacks.base import LOADING_TIMEOUT_S, counting, folder, interpreter, served_name
from pytest_fmbench.stacks.card import OPENAI, Card, Flag
from pytest_fmbench.stacks.settings import nested, settings

_CONFIG = "FMBENCH_RAY_CONFIG"
"""The variable that holds the configuration file, which has to name a port."""

_CLUSTER = "ray start --head --metrics-export-port={metrics_port}"
"""In a container, which it ends with: what it starts outlives its command, and its other ports are fixed ones."""


def _spelt(setting: str, made: vllm_engine.Made) -> Flag:
    return Flag(entry=f"engine_kwargs.{setting}", made=made)


CARD = Card(
    name="ray",
    documents=(
        "https://docs.ray.io/en/latest/serve/llm/quick-start.html",
        "https://docs.ray.io/en/latest/serve/llm/user-guides/configuration.html",
        "https://docs.ray.io/en/latest/serve/llm/user-guides/observability.html",
        "https://docs.ray.io/en/latest/serve/production-guide/config.html",
        "https://docs.ray.io/en/latest/cluster/usage-stats.html",
        "https://docs.ray.io/en/latest/cluster/metrics.html",
        "https://github.com/ray-project/ray/blob/master/python/ray/dashboard/modules/metrics/dashboards/vllm_engine_panels.py",
    ),
    dialects=OPENAI,
    image="rayproject/ray-llm:2.58.0-py312-cu130",
    knobs={
        **vllm_engine.knobs(_spelt),
        "tensor_parallel": Flag(entry="engine_kwargs.tensor_parallel_size"),
        "data_parallel": Flag(entry="deployment_config.num_replicas"),
    },
    precisions=vllm_engine.precisions(_spelt),
    kv_precisions=vllm_engine.kv_precisions(_spelt),
    kv_rules=vllm_engine.KV_RULES,
    vendors=("nvidia",),
    own_flags=False,
    own_entries=True,
    metrics={word: f"ray_{series.replace(':', '_')}" for word, series in vllm.CARD.metrics.items()},
    metrics_ports=dict.fromkeys(OPENAI, 0),
)


class Ray:
    """Ray Serve LLM on one machine, which ``serve run`` makes a cluster of."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: from a file that holds all of it."""
        if deployment.replicas != 1:
            raise UsageError(
                f"{deployment.id}: Ray shares requests among copies of its own: give data_parallel instead"
            )
        found, served = settings(CARD, deployment), served_name(deployment.model)
        load, kept = folder(deployment)
        python = interpreter("ray")
        told = {"RAY_USAGE_STATS_ENABLED": "0", _CONFIG: _config(load, served, found.entries), **found.variables}
        return LaunchPlan(
            command=("sh", "-c", _script(f"{shlex.quote(python)} -m ray.serve.scripts")),
            model=deployment.model,
            quantization=kept,
            served_model=served,
            dialect=deployment.dialect,
            request_fields=counting(deployment.dialect),
            environment=told,
            needs="ray.serve.llm",
            install="pip install 'ray[serve,llm]'",
            python=python,
            container=Container(
                image=str(deployment.options.get("image", CARD.image)),
                arguments=("-c", _script("serve", first=f"{_CLUSTER} && ")),
                environment=told,
                entrypoint=("/bin/sh",),
                metrics_port=8080,
                cache="/home/ray/.cache/huggingface",
            ),
            accelerators=vllm.devices(deployment),
            metrics_path=CARD.metrics_path,
            ready_path="/v1/models",
            ready_timeout_s=LOADING_TIMEOUT_S,
        )


def _script(serve: str, first: str = "") -> str:
    """A shell's: it writes the file, does what comes first, and becomes Ray."""
    return f'made=$(mktemp); printf %s "${_CONFIG}" >$made; {first}exec {serve} run $made'


def _config(load: str, served: str, entries: Mapping[str, object]) -> str:
    """The file for ``serve run``: YAML, of which JSON is a part."""
    model = nested({"model_loading_config.model_id": served, "model_loading_config.model_source": load, **entries})
    application = {
        "name": "llm",
        "route_prefix": "/",
        "import_path": "ray.serve.llm:build_openai_app",
        "args": {"llm_configs": [model]},
    }
    config = {"http_options": {"host": "{host}", "port": "{port}"}, "applications": [application]}
    return json.dumps(config, indent=2).replace('"{port}"', "{port}")  # filled in as a number
