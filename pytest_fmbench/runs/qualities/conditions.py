"""What a score depends on beside the model: what was asked, by whom it was served, and in which template."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.ready.asking import Asking

_DIGITS = 16
_UNKNOWN = "unknown"
_MESSAGES = (
    {"role": "system", "content": "A"},
    {"role": "user", "content": "B"},
    {"role": "assistant", "content": "C"},
    {"role": "user", "content": "D"},
)


def conditions(
    task: object, described: Iterable[str], server: Server, dialect: Dialect, fingerprint: str
) -> dict[str, object]:
    """As plain values. How many tokens each prompt is, by the model's tokenizer, stands in ``requests.parquet``.

    :param task: as its case wrote it; of rows of a data set that tells its revision.
    :param described: its items, with their truths and scorers.
    :param fingerprint: what the server calls its own set-up.
    """
    return {
        "task": str(task)[:200],
        "items": _hashed("\n".join(described)),
        "dialect": dialect.name,
        "stack": {**server.facts, "version": server.version, "fingerprint": fingerprint},
        "template": _template(server, dialect),
    }


def _template(server: Server, dialect: Dialect) -> str:
    """A hash of what a chat becomes, where a server of ours says it, as llama.cpp's does."""
    if server.foreign:
        return _UNKNOWN
    dressed = (Asking(server.endpoint, dialect).post("/apply-template", {"messages": _MESSAGES}) or {}).get("prompt")
    return _hashed(dressed) if isinstance(dressed, str) else _UNKNOWN


def _hashed(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
