"""How rows become prompts: by templates over their columns, or as conversations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.rows.base import Record, Unusable
from pytest_fmbench.workloads.rows.cells import cell, sendable, tokens_in
from pytest_fmbench.workloads.rows.images import urls_of
from pytest_fmbench.workloads.rows.template import Template

_ROLES = {
    "system": "system",
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "chatgpt", "bing", "bard"), "assistant"),
}


@dataclass(frozen=True)
class Templated:
    """One question a row.

    :param text: of the user's message; ``system`` is of the one before it, if there is one.
    :param output_tokens: how many, or the column that says it.
    :param images: the column of images; None is none.
    """

    text: Template
    system: Template | None
    output_tokens: int | str
    ignore_eos: bool
    images: str | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that a row must have."""
        named = [*self.text.columns, *(self.system.columns if self.system else ())]
        named += [column for column in (self.output_tokens, self.images) if isinstance(column, str)]
        return tuple(dict.fromkeys(named))

    def prompt(self, record: Record, folder: Path) -> Prompt:
        """The question that a row makes; see :class:`~pytest_fmbench.workloads.rows.base.Form`."""
        text = sendable(self.text.filled(record))
        if not text.strip():
            raise Unusable("with an empty prompt")
        before = () if self.system is None else (Message("system", sendable(self.system.filled(record))),)
        shown = () if self.images is None else urls_of(cell(record, self.images), folder)
        length = self.output_tokens if isinstance(self.output_tokens, int) else tokens_in(record, self.output_tokens)
        return Prompt((*before, Message("user", text, shown)), max_tokens=length, ignore_eos=self.ignore_eos)


@dataclass(frozen=True)
class Conversation:
    """A conversation a row, up to the user's message number ``turn``, from 0.

    :param system: is said before those that have no system message of their own.
    :param whole: shorter ones are taken too, up to their last message of the user.
    """

    turn: int
    system: str | None
    output_tokens: int
    ignore_eos: bool
    columns: tuple[str, ...] = ("conversations",)
    whole: bool = False

    def prompt(self, record: Record, folder: Path) -> Prompt:  # noqa: ARG002  # conversations show no images
        """What has been said up to the turn; see :class:`~pytest_fmbench.workloads.rows.base.Form`."""
        said = cell(record, self.columns[0])
        if not isinstance(said, list):
            raise Unusable("whose conversation is no list")
        messages = list(self._until_the_turn(said))
        if self.system is not None and messages[0].role != "system":
            messages.insert(0, Message("system", self.system))
        return Prompt(tuple(messages), max_tokens=self.output_tokens, turn=self.turn, ignore_eos=self.ignore_eos)

    def _until_the_turn(self, said: list[object]) -> Iterator[Message]:
        """From the first message of the system or the user on: some begin with the end of a reply."""
        turns, held = 0, list[Message]()
        for message in map(_message, said):
            if message.role == "assistant" and turns == 0:
                continue
            held.append(message)
            if message.role == "user":
                yield from held
                turns, held = turns + 1, []
            if turns > self.turn:
                return
        if not (self.whole and turns):
            raise Unusable("with fewer turns")


def _message(one: object) -> Message:
    if not isinstance(one, dict):
        raise Unusable("with a message that is none")
    role, text = one.get("from", one.get("role")), one.get("value", one.get("content"))
    if not isinstance(role, str) or role not in _ROLES:
        raise Unusable("with a message of nobody known")
    if not isinstance(text, str) or not text.strip():
        raise Unusable("with an empty message")
    return Message(_ROLES[role], sendable(text))
