"""A server that is already running, and not ours: measured, never started or stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.conditions import UNKNOWN, Plain
from pytest_fmbench.model.deployment import METRICS, Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.pages import see_that_it_is_a_page
from pytest_fmbench.platforms.base import Progress, Surroundings


class RunningServer:
    """Somebody else's server. What goes wrong with it is data, not a fault of ours."""

    foreign = True
    version = UNKNOWN

    def __init__(self, endpoint: Endpoint, facts: Mapping[str, Plain] | None = None) -> None:
        self.endpoint = endpoint
        self.facts: Mapping[str, Plain] = facts or {}

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
    served_already = True

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def check(self, deployment: Deployment) -> None:
        """See that the deployment's place is a URL that paths can be added to, and its page of metrics one too.

        :raises UsageError: when one is not, or holds a password.
        """
        parts = urlsplit(deployment.place)
        if parts.username is not None:
            raise UsageError("an instance's URL may hold no password; use --fmbench-api-key-env or --fmbench-header")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise UsageError(f"instance {deployment.instance!r} needs a URL, such as 'url:http://127.0.0.1:8000/v1'")
        if METRICS in deployment.options:
            page = str(deployment.options[METRICS])
            see_that_it_is_a_page(f"{deployment.id}: option {METRICS!r}", page, "http://127.0.0.1:8002/metrics")

    def usd_per_hour(self, deployment: Deployment) -> None:
        """What it costs is known to those whose it is."""

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> RunningServer:  # noqa: ARG002  # the protocol's; there is nothing to start
        """The endpoint at the deployment's place.

        :raises UsageError: as :meth:`check`.
        """
        self.check(deployment)
        given, url = self._surroundings, deployment.place.rstrip("/")
        endpoint = Endpoint(url, deployment.model, deployment.dialect, ca_bundle=given.ca_bundle)
        endpoint = replace(endpoint, metrics_url=str(deployment.options.get(METRICS, "")))
        if deployment == given.target:
            endpoint = replace(
                endpoint,
                headers=given.headers,
                proxy=given.proxy,
                http2=given.http2,
                fresh_connections=given.fresh_connections,
            )
        return RunningServer(endpoint)
