"""llama.cpp's own HTTP server, through the ``xllamacpp`` wheel; runs on any CPU.

Source: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.llamacpp_server import VERSION_MARK
from pytest_fmbench.stacks.options import counts

DEFAULTS = {"threads": 1, "slots": 4, "context": 2048}
"""Options: compute threads, requests served at once, and tokens of context of each."""


class LlamaCpp:
    """llama.cpp. Its threads spin, so by default there is one, and it gets a core to itself."""

    name = "llamacpp"

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """How its server is started: a Python process that holds llama.cpp and nothing else."""
        options = counts(deployment, DEFAULTS)
        if deployment.tensor_parallel != 1 or deployment.replicas != 1:
            raise UsageError(f"{deployment.id}: llamacpp runs here as one replica on one CPU; leave both at 1")
        if find_spec("xllamacpp") is None:
            raise UsageError("stack 'llamacpp' needs xllamacpp: pip install 'pytest-fmbench[local]'")
        served = deployment.model.rsplit("/", 1)[-1].removesuffix(".gguf")
        arguments = {"model": "{weights}", "host": "{host}", "port": "{port}", "alias": served, **options}
        flags = [text for name, value in arguments.items() for text in (f"--{name}", str(value))]
        return LaunchPlan(
            command=(sys.executable, "-m", "pytest_fmbench.stacks.llamacpp_server", *flags),
            model=deployment.model,
            quantization=deployment.quantization,
            served_model=served,
            dialect=deployment.dialect,
            request_fields={"timings_per_token": True},  # tells how many tokens each chunk holds
            cores=options["threads"],
            version_mark=VERSION_MARK,
        )
