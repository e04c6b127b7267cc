"""Asking for a page of metrics, over a connection of its own."""

from __future__ import annotations

import ssl

import httpx

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.secret import Secret

_TIMEOUT_S = 5.0
_LARGEST = 16 * 1024 * 1024
_MEANINGS = {401: ": it wants a key", 403: ": it is not for us", 404: ": it has none"}


class Asker:
    """Asks for one page again and again, and keeps the connection. Takes nothing from the environment.

    :param endpoint: whose headers, certificates and proxy are used; None is nobody's.
    :raises TelemetryFault: when the certificates cannot be read.
    """

    def __init__(self, url: str, endpoint: Endpoint | None = None) -> None:
        self._url = url
        headers = {} if endpoint is None else endpoint.headers
        self._client = httpx.Client(
            headers={name: value.reveal() if isinstance(value, Secret) else value for name, value in headers.items()},
            verify=_trust(endpoint.ca_bundle if endpoint else None),
            proxy=endpoint.proxy if endpoint else None,
            http2=endpoint.http2 if endpoint else False,
            timeout=_TIMEOUT_S,
            trust_env=False,
            follow_redirects=False,
        )

    def text(self) -> str:
        """The page as it is now.

        :raises TelemetryFault: when it cannot be had.
        """
        try:
            with self._client.stream("GET", self._url) as reply:
                if reply.status_code != httpx.codes.OK:
                    meaning = _MEANINGS.get(reply.status_code, "")
                    raise TelemetryFault(f"{self._url} answers {reply.status_code}{meaning}")
                return self._whole(reply)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TelemetryFault(f"{self._url} does not answer: {type(error).__name__} {error}".rstrip()) from error

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _whole(self, reply: httpx.Response) -> str:
        pieces = bytearray()
        for piece in reply.iter_bytes():
            pieces += piece
            if len(pieces) > _LARGEST:
                raise TelemetryFault(f"{self._url} is larger than {_LARGEST} bytes")
        return pieces.decode("utf-8", "replace")


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    if ca_bundle is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise TelemetryFault(f"{ca_bundle} cannot be read as certificates: {error}") from error
