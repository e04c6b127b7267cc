"""A server that is already running, and not ours: measured, never started or stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.platforms.base import Progress, Surroundings


class RunningServer:
    """Somebody else's server. What goes wrong with it is data, not a fault of ours."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def failure(self) -> str | None:
        """Never known: its failures are failed requests."""
        return None

    def log_tail(self) -> Sequence[str]:
        """Not ours to read."""
        return ()

    def stop(self) -> None:
        """Not ours to stop."""


class Url:
    """``url:http://host:port/v1``; the headers that the user gave go with every request."""

    name = "url"
    shares_this_machine = False

    def __init__(self, surroundings: Surroundings) -> None:
        self._headers = surroundings.headers

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> RunningServer:  # noqa: ARG002  # the protocol's; there is nothing to start
        """The endpoint at the deployment's place.

        :raises UsageError: when the place is no http or https URL.
        """
        url = deployment.place.rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"instance {deployment.instance!r} needs a URL, such as 'url:http://127.0.0.1:8000/v1'")
        return RunningServer(Endpoint(url, deployment.model, "openai-chat", self._headers))
