"""The server's own page of metrics, in our words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.telemetry import SERVER
from pytest_fmbench.telemetry.base import Reading, Subject
from pytest_fmbench.telemetry.exposition import page_of, readings
from pytest_fmbench.telemetry.page import Asker


class ServerPage:
    """What the server tells; asked for with the endpoint's own headers, where it is on the same host, and nothing else.

    :raises TelemetryFault: when its stack is not known to have a page, or the page cannot be had.
    """

    family = "server"

    def __init__(self, subject: Subject) -> None:
        if subject.page is None:
            raise TelemetryFault(subject.no_page)
        self._names = {word: name for word, name in subject.words.items() if word in SERVER}
        self.words: Collection[str] = [*self._names]
        self._asker = Asker(subject.page, _known_to(subject.page, subject.endpoint))
        try:
            page_of(self._asker.text())  # all of it, to see that it is one
        except TelemetryFault:
            self.close()
            raise

    def sample(self) -> Sequence[Reading]:
        """The page as it is now."""
        return list(readings(page_of(self._asker.text(), self._names.values()), self._names, SERVER))

    def close(self) -> None:
        """Close the connection."""
        self._asker.close()


def _known_to(page: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint as far as a page may know it: a key is for its host, and goes nowhere by a less private way."""
    ours, theirs = urlsplit(endpoint.base_url), urlsplit(page)
    alike = (ours.scheme, ours.hostname) == (theirs.scheme, theirs.hostname)
    return endpoint if alike else replace(endpoint, headers={})
