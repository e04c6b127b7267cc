"""Which transport an endpoint needs."""

from __future__ import annotations

from pytest_fmbench.client.recorder import Recorder
from pytest_fmbench.client.stock import StockTransport
from pytest_fmbench.client.tls import trusting
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.endpoint import Endpoint


def transport_for(endpoint: Endpoint) -> Recorder:
    """Ours, which has the kernel's stamps, wherever it can go there.

    :raises UsageError: when the endpoint's ``ca_bundle`` cannot be read as certificates.
    """
    if endpoint.proxy is None and not endpoint.http2:
        return RecordingTransport(trusting(endpoint.ca_bundle), fresh=endpoint.fresh_connections)
    return StockTransport(
        endpoint.ca_bundle, proxy=endpoint.proxy, http2=endpoint.http2, fresh=endpoint.fresh_connections
    )
