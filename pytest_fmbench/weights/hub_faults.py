"""The door for what ``huggingface_hub`` raises. Its releases sit on three HTTP libraries; none is named here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from pytest_fmbench.errors import FetchError, FmbenchError, UsageError

_LOG_IN = "set HF_TOKEN or run `hf auth login`"
_OR_A_PATH = "or pass the path of a GGUF file as the model"


class Fault(NamedTuple):
    """What went wrong, in our words: the error to raise, the rest of a sentence, and what can be done."""

    kind: type[FmbenchError]
    happened: str
    way_out: str


@contextmanager
def hub_faults(model: str) -> Iterator[None]:
    """Turns what the hub's library raises inside into our errors; they name ``model`` and hold no secret.

    :raises UsageError: the Hub knows no such repository, or ``model`` cannot be an id.
    :raises FetchError: everything else: no network, no access, a broken download, a cache that cannot be written.
    """
    try:
        yield
    except hub_errors() as error:
        fault = fault_of(error)
        # Without the cause: the library quotes addresses in full, and those of a download are signed.
        raise fault.kind(f"model {model!r}: {fault.happened}. {fault.way_out}") from None


def hub_errors() -> tuple[type[Exception], ...]:
    """What the hub's library raises on purpose.

    The base of its HTTP error is that of the HTTP library it uses; an answer that is not JSON is a ValueError, and so
    is a malformed id.
    """
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

    http = tuple(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception))
    return (OSError, ValueError, EntryNotFoundError, *http)


def fault_of(error: BaseException) -> Fault:
    """What ``error``, one of :func:`hub_errors`, means to the user."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        return fault_of(error.__cause__)  # it only says that the cache was no help; why it was asked is the cause
    if isinstance(error, HFValidationError):
        way_out = "An id is org/name or org/name/file.gguf"
        return Fault(UsageError, f"no file here has that path, and it is no Hugging Face id ({_said(error)})", way_out)
    if isinstance(error, OfflineModeIsEnabled):
        way_out = f"The hub's cache does not hold it: unset HF_HUB_OFFLINE to fetch it once, {_OR_A_PATH}"
        return Fault(FetchError, "HF_HUB_OFFLINE is set", way_out)
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        return _refused(error, error.response.status_code)
    if isinstance(error, OSError) and error.errno and not isinstance(error, (ConnectionError, TimeoutError)):
        way_out = "Make room or mend the permissions, or name another folder in HF_HOME"
        return Fault(FetchError, f"it cannot be kept in the hub's cache ({_said(error)})", way_out)
    way_out = f"Check the network and HF_ENDPOINT, and try again, {_OR_A_PATH}"
    return Fault(FetchError, f"fetching from {hub_host()} failed ({_said(error)})", way_out)


def _refused(error: Exception, status: int) -> Fault:
    from huggingface_hub import get_token
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    token = "your token does not open it" if get_token() else "no token is set"
    if isinstance(error, GatedRepoError):
        return Fault(
            FetchError, f"it is gated, and {token}", f"Ask for access on its page at {hub_host()}, and {_LOG_IN}"
        )
    if isinstance(error, RepositoryNotFoundError):
        happened = f"no file here has that path, and {hub_host()} has no such repository, or a private one ({token})"
        return Fault(UsageError, happened, f"Check the spelling; for a private one, {_LOG_IN}")
    happened = f"{hub_host()} answered {status} ({_said(error)})"
    if status in {401, 403}:
        return Fault(FetchError, f"{happened}; {token}", f"To use another token, {_LOG_IN}; {_OR_A_PATH}")
    return Fault(FetchError, happened, f"Try again later, {_OR_A_PATH}")


def hub_host() -> str:
    """Where the Hub is, as HF_ENDPOINT was when its library was imported; without credentials."""
    from huggingface_hub import constants

    return urlsplit(constants.ENDPOINT).netloc.rpartition("@")[2]


def _said(error: BaseException) -> str:
    """The error's first line without secrets: the token, credentials in addresses, queries that sign them."""
    from huggingface_hub import get_token

    text = getattr(error, "server_message", None) or str(error) or type(error).__name__
    token = get_token()
    line = text.replace(token, "***") if token else text
    line = next((part.strip() for part in line.splitlines() if part.strip()), type(error).__name__)
    return re.sub(r"\?\S+", "", re.sub(r"//[^/\s@]+@", "//", line)).rstrip(".")
