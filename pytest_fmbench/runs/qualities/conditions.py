"""What a score depends on beside the model: what was asked, by whom it was served, and in which template and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.conditions import UNKNOWN
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.runs.qualities.served import Served
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.store.session import read_json, write_json

MADE_WITH = "made_with.json"
"""Beside answers: how they were asked for."""

_DIGITS = 16
_LONGEST = 1_000
_MESSAGES = (
    {"role": "system", "content": "A"},
    {"role": "user", "content": "B"},
    {"role": "assistant", "content": "C"},
    {"role": "user", "content": "D"},
)
_TOKENIZED = (
    "In 2026 it's 1,234.5 km away,  isn't it?\n\n\tdef f(x): return x**2  # <s>\n"
    "\u00c4rger, \u4eca\u5929\u5929\u6c14\u5f88\u597d, \u041c\u043e\u0441\u043a\u0432\u0430, \U0001f600 e\u0301"
)
"""Digits, blanks, code, scripts and signs, which tokenizers cut in different ways."""


@dataclass(frozen=True)
class Conditions:
    """How a deployment is asked, and what it is served with; plain values, as a file beside the answers keeps them.

    :param dialect: by name.
    :param fields: of each request's JSON.
    :param server: its software, chat template and tokenizer.
    """

    dialect: str
    fields: Mapping[str, object]
    server: Mapping[str, Any]

    @classmethod
    def kept(cls, folder: Path) -> Conditions | None:
        """Those of the answers in ``folder``; None where there are none.

        :raises StoreError: when they cannot be read.
        """
        path = folder / MADE_WITH
        if not path.exists():
            return None
        try:
            return cls(**read_json(path))
        except TypeError as error:
            raise StoreError(f"cannot read {path} as what answers were made with: {error}") from error

    def keep(self, folder: Path) -> None:
        """Write them down.

        :raises StoreError: when that cannot be done.
        """
        write_json(folder / MADE_WITH, vars(self))

    def told(self, task: object, described: Iterable[str]) -> dict[str, object]:
        """Them and what is asked, as ``quality.json`` has them.

        :param task: as its case wrote it; of rows of a data set that tells its revision.
        :param described: its items, with their truths and scorers.
        """
        items = _hashed("\n".join(described))
        return {"task": str(task)[:_LONGEST], "items": items, "dialect": self.dialect, **self.server}

    def changed(self, now: Conditions) -> list[str]:
        """In what the answers of now would be of another kind: names.

        Not in what a server calls its own set-up, since of several behind one address each may call it otherwise.
        """
        then, other = (one.decisive for one in (self, now))
        return [name for name in other if other[name] != then[name]]

    @property
    def decisive(self) -> dict[str, object]:
        """What answers are of another kind by."""
        server = self.server
        named = {"dialect": self.dialect, "chat template": server["template"], "tokenizer": server["tokenizer"]}
        return {**named, "version of the server": server["stack"]["version"]}


def conditions(served: Served, dialect: Dialect, fields: Mapping[str, object]) -> Conditions:
    """Those of a deployment, whose server is started for it."""
    server, finding = served.server, served.finding
    tokenizer = {
        "model": served.deployment.model,
        "sha256": _tokenizer(server, dialect),
        "greeting": finding.record.input_tokens,
    }
    stack = {**server.facts, "version": server.version, "fingerprint": finding.fingerprint}
    told = {"stack": stack, "template": _template(server, dialect), "tokenizer": tokenizer}
    return Conditions(dialect.name, dict(fields), told)


def _template(server: Server, dialect: Dialect) -> str:
    """A hash of what a chat becomes, where a server of ours says it, as llama.cpp's does."""
    if server.foreign:
        return UNKNOWN
    dressed = (Asking(server.endpoint, dialect).post("/apply-template", {"messages": _MESSAGES}) or {}).get("prompt")
    return _hashed(dressed) if isinstance(dressed, str) else UNKNOWN


def _tokenizer(server: Server, dialect: Dialect) -> str:
    """A hash of the tokens that a text becomes, where a server of ours says it: llama.cpp's, vLLM's and SGLang's do.

    Equal hashes of two stacks are equal tokens. llama.cpp reads the text in ``content``, the others in ``prompt``.
    """
    if server.foreign:
        return UNKNOWN
    what = {"model": server.endpoint.model, "prompt": _TOKENIZED, "add_special_tokens": False}
    what |= {"content": _TOKENIZED, "add_special": False, "parse_special": True}
    tokens = (Asking(server.endpoint, dialect).post("/tokenize", what) or {}).get("tokens")
    if not (isinstance(tokens, list) and tokens and all(isinstance(one, int) for one in tokens)):
        return UNKNOWN
    return _hashed(" ".join(map(str, tokens)))


def _hashed(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
