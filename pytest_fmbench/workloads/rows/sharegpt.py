"""Conversations of people with ChatGPT, as ShareGPT collected them.

A JSON array, or JSON lines, of ``{"id", "conversations": [{"from": "human" | "gpt" | "system", "value"}]}``; also of
``role`` and ``content``. Of an array of hundreds of megabytes, one conversation is in memory at a time.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fmbench.errors import UsageError
from pytest_fmbench.workloads.conversations.talks import Talks
from pytest_fmbench.workloads.conversations.thinking import thinking
from pytest_fmbench.workloads.rows.base import Record
from pytest_fmbench.workloads.rows.files import Files, files_of, opened
from pytest_fmbench.workloads.rows.forms import Conversation
from pytest_fmbench.workloads.rows.jsonl import record_of
from pytest_fmbench.workloads.rows.options import OUTPUT_TOKENS, Selection, known, positive, selected
from pytest_fmbench.workloads.rows.workload import Rows
from pytest_fmbench.workloads.traces.lines import LONGEST, lines_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

_PIECE = 1 << 20
_BLANK = b" \t\r\n\xef\xbb\xbf"
_BEFORE, _BETWEEN = "\ufeff \t\r\n", set(", \t\r\n")


@dataclass(frozen=True, repr=False)
class Conversations(Rows):
    """What :func:`sharegpt` makes."""

    def sessions(self, turns: int = 8, *, think: float | str | None = None) -> Talks:
        """Each conversation as a session: its questions, and the model's own answers in place of those recorded.

        :param turns: of a conversation at most.
        :param think: how long the person reads and types before each turn but the first; see
            :func:`~pytest_fmbench.workloads.conversations.multiturn.multiturn`.
        :raises UsageError: for what is no such number or time, or where a turn was chosen already.
        """
        positive("sharegpt(...).sessions", "turns", turns)
        form = self.asked.form
        if not isinstance(form, Conversation) or form.turn:
            raise UsageError(f"{self.words}.sessions(): leave turn= out, since a session goes through all turns")
        rows = Rows(replace(self.asked, form=replace(form, turn=turns - 1, whole=True)), self.words, self.label)
        return Talks(rows, turns, thinking("sharegpt(...).sessions", think))


@dataclass(frozen=True)
class ShareGpt:
    """Reads conversations."""

    files: Files

    @property
    def folder(self) -> Path:
        """Where paths in rows would begin."""
        return self.files.folder

    def records(self, columns: Sequence[str]) -> Iterator[Record | str]:  # noqa: ARG002  # read as a whole
        """See :class:`~pytest_fmbench.workloads.rows.base.Reader`."""
        for path in self.files.each():
            with opened(path) as file:
                head = file.read(_PIECE)
                if head.lstrip(_BLANK).startswith(b"["):
                    yield from array_of(chain([head], iter(partial(file.read, _PIECE), b"")))
                    continue
            yield from map(record_of, lines_of(path))

    def __str__(self) -> str:
        return str(self.files.path)


def sharegpt(
    path: str | Path,
    *,
    turn: int = 0,
    system: str | None = None,
    output_tokens: int = OUTPUT_TOKENS,
    **options: Unpack[Selection],
) -> Conversations:
    """Conversations of a file in ShareGPT's form, also gzipped: each up to the user's message number ``turn``.

    Or turn after turn, with the model's own answers, as :meth:`~Conversations.sessions` of it.

    :param turn: 0 is the first message; 2 is the third, with all that was said before it.
    :param system: is said before conversations that have no system message.
    :param output_tokens: tokens after which a reply is cut; how long ChatGPT's was is not looked at.
    :param options: see :class:`~pytest_fmbench.workloads.rows.options.Selection`.
    :raises UsageError: when nothing is there, or for an option that cannot be.
    """
    known("sharegpt", options, Selection)
    positive("sharegpt", "turn", turn, 0)
    positive("sharegpt", "output_tokens", output_tokens)
    if system is not None and not isinstance(system, str):
        raise UsageError(f"sharegpt(system={system!r}): give the text of a message")
    given = {"turn": turn, "system": system, "output_tokens": output_tokens}
    usual = {"turn": 0, "system": None, "output_tokens": OUTPUT_TOKENS}
    form = Conversation(turn, system, output_tokens, options.get("ignore_eos", False))
    reader = ShareGpt(files_of("sharegpt", path, ".json", ".json.gz", ".jsonl", ".jsonl.gz"))
    told = {name: value for name, value in given.items() if value != usual[name]} | options
    return Conversations(**vars(selected("sharegpt", reader.files.path.name, reader, form, told)))


def array_of(pieces: Iterable[bytes]) -> Iterator[Record | str]:
    """Objects of a JSON array that comes in pieces, or why one cannot be read; then none behind it can be either.

    Bytes that are no UTF-8 become halves of characters, which no other text holds.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text, enough = "", 0
    for nth, piece in enumerate(chain(pieces, [b""])):
        text += decoder.decode(piece)
        if nth == 0:
            text = text.lstrip(_BEFORE).removeprefix("[")
        if piece and len(text) < enough:
            continue
        found, text = _objects(text)
        yield from found
        if len(text) > LONGEST:
            break
        enough = 2 * len(text)  # what is cut off is tried again when there is twice as much of it
    if not text.startswith("]"):
        yield "cut off or not JSON, and what is behind it"


def _objects(text: str) -> tuple[list[Record | str], str]:
    """What ``text`` begins with, and the rest."""
    scanner, found, position = json.JSONDecoder(), list[Record | str](), 0
    while True:
        while text[position : position + 1] in _BETWEEN:
            position += 1
        try:
            one, position = scanner.raw_decode(text, position)
        except (ValueError, RecursionError):
            return found, text[position:]
        found.append(one if isinstance(one, dict) else "no JSON object")
