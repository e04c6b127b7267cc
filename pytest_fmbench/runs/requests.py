"""How the requests of an endpoint look: its headers, a dialect's body, an id each."""

from __future__ import annotations

import httpx

from pytest_fmbench.client.dialects.base import Call
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.secret import Secret


def client_of(endpoint: Endpoint, transport: RecordingTransport, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """A client that builds requests with the endpoint's headers and takes nothing from the environment."""
    headers = {name: value.reveal() if isinstance(value, Secret) else value for name, value in endpoint.headers.items()}
    return httpx.AsyncClient(transport=transport, timeout=timeout, headers=headers, trust_env=False)


def build_request(client: httpx.AsyncClient, endpoint: Endpoint, call: Call, request_id: str) -> httpx.Request:
    """The request that makes ``call``; it carries ``request_id`` as ``x-request-id``."""
    return client.build_request(
        "POST",
        endpoint.base_url + call.path,
        content=call.body,
        headers={"content-type": "application/json", "x-request-id": request_id},
    )
