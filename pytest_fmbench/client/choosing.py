"""Which transport an endpoint needs."""

from __future__ import annotations

from pytest_fmbench.client.dialects.base import Dialect, OverGrpc
from pytest_fmbench.client.recorder import Recorder
from pytest_fmbench.client.stock import StockTransport
from pytest_fmbench.client.tls import trusting
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.endpoint import Endpoint


def transport_for(endpoint: Endpoint, dialect: Dialect | None = None) -> Recorder:
    """Ours, which has the kernel's stamps, wherever it can go there.

    :param dialect: that is spoken; None where it is plain HTTP that is asked.
    :raises UsageError: when the endpoint's ``ca_bundle`` cannot be read as certificates, or gRPC cannot get there.
    """
    if isinstance(dialect, OverGrpc):
        return _rpc_transport(endpoint, dialect)
    if endpoint.proxy is None and not endpoint.http2:
        return RecordingTransport(trusting(endpoint.ca_bundle), fresh=endpoint.fresh_connections)
    return StockTransport(
        endpoint.ca_bundle, proxy=endpoint.proxy, http2=endpoint.http2, fresh=endpoint.fresh_connections
    )


def _rpc_transport(endpoint: Endpoint, dialect: Dialect) -> Recorder:
    from pytest_fmbench.client.rpc import RpcTransport

    if endpoint.proxy is not None:
        raise UsageError(f"the dialect {dialect.name} is gRPC, which goes through no proxy: leave --fmbench-proxy out")
    return RpcTransport(endpoint.ca_bundle, fresh=endpoint.fresh_connections)
