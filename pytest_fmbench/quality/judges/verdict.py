"""Reading what a judge says: a grade, or why there is none.

Judges are asked to end with ``{"verdict": "GRADE"}``. Many write it otherwise, so whatever follows the word "verdict"
counts, in JSON or behind a colon, the last time that a known grade does; else a last line that is a grade and nothing
else. Prose is never searched for grades: "this is not correct" is no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

_LONGEST = 20_000
"""Characters from the end in which a verdict is looked for."""

_LONGEST_GRADE = 200
"""Characters of a line that may be a grade and nothing else."""

_NAMED = re.compile(r"verdict[\"'*_`]*[^\S\n]*(?::|=|\bis\b)[^\S\n]*([^\n}]{1,80})", re.IGNORECASE)
_BEHIND = re.compile(r"[,;(]|\s[-–]\s|\.\s|\s(?:because|since|as)\s")  # noqa: RUF001  # judges write that dash
_OF_HOW_MANY = re.compile(r"\s*(?:/|out of)\s*\d+$")
_AROUND = " \t\r\n\"'`*_.!:[](){}<>"
_WHOLE = re.compile(r"(\d+)\.0+")
_THINKS, _THOUGHT = "<think>", "</think>"

_REFUSAL = re.compile(
    r"^\W*(?:(?:i['’]?m|i am) (?:very |so )?sorry|sorry|my apologies|i apologi[sz]e"  # noqa: RUF001  # models write that apostrophe
    r"|(?:as an ai\b[^.]{0,60}?)?i (?:can ?not|can['’]?t|won['’]?t|will not|am unable|am not able)"  # noqa: RUF001  # likewise
    r"|i['’]?m (?:unable|not able))",  # noqa: RUF001  # likewise
    re.IGNORECASE,
)
_CUT = ("length", "max_tokens")
_GRAM, _TAIL = 12, 600


class Lost(str, Enum):
    """Why there is no verdict."""

    FAILED = "failed"
    """The request failed."""
    EMPTY = "empty"
    """Nothing was said."""
    REFUSED = "refused"
    """The judge would not judge."""
    LOOPED = "looped"
    """It said the same again and again."""
    CUT = "cut off"
    """It had not come to its verdict when it had said as much as it may."""
    NO_GRADE = "no grade"
    """It named a verdict that is none of the grades."""
    PROSE = "prose"
    """It said something else."""


@dataclass(frozen=True)
class Verdict:
    """What a judge says: one of the two.

    :param grade: by its word in the rubric.
    :param lost: why there is none.
    """

    grade: str | None = None
    lost: Lost | None = None


def read(said: str, words: Mapping[str, str], finish_reason: str | None = None) -> Verdict:
    """The verdict in what a judge said. Never raises, and takes time in proportion to the length.

    :param words: grades by how they may be written, in lower case.
    :param finish_reason: why it ended, as the server says it.
    """
    text = said[-_LONGEST:].rpartition(_THOUGHT)[2].partition(_THINKS)[0]
    named = [*_named(text)]
    known = [words[one] for written in named if (one := next((one for one in written if one in words), None))]
    if known:
        return Verdict(known[-1])
    last = next((line for line in reversed(text.splitlines()) if line.strip()), "")
    if len(last) <= _LONGEST_GRADE and _plain(last) in words:
        return Verdict(words[_plain(last)])
    return Verdict(lost=_why(said[-_LONGEST:], finish_reason, named=bool(named)))


def _named(text: str) -> Iterator[tuple[str, str]]:
    """What stands behind each "verdict", whole, and without its reasons."""
    for found in _NAMED.finditer(text):
        yield _plain(found[1]), _plain(_BEHIND.split(_before_quote(found[1]), maxsplit=1)[0])


def _before_quote(written: str) -> str:
    """What is between quotation marks, where it begins with one: JSON may go on behind it."""
    begin = written.lstrip()
    return begin[1:].partition(begin[0])[0] if begin[:1] in ('"', "'") else written


def _plain(written: str) -> str:
    """A grade without what people write around it."""
    bare = _OF_HOW_MANY.sub("", written.strip(_AROUND)).strip(_AROUND).lower()
    whole = _WHOLE.fullmatch(bare)
    return whole[1] if whole else bare


def _why(text: str, finish_reason: str | None, *, named: bool) -> Lost:
    reasons = (
        (Lost.EMPTY, not text.strip()),
        (Lost.REFUSED, bool(_REFUSAL.match(text))),
        (Lost.LOOPED, _loops(text)),
        (Lost.CUT, finish_reason in _CUT),
        (Lost.NO_GRADE, named),
    )
    return next((lost for lost, holds in reasons if holds), Lost.PROSE)


def _loops(text: str) -> bool:
    """Whether its end says the same again and again: of its pieces of twelve characters less than a third differ."""
    tail = "".join(text[-2 * _TAIL :].split())[-_TAIL:]
    pieces = [tail[at : at + _GRAM] for at in range(len(tail) - _GRAM + 1)]
    return len(pieces) >= 10 * _GRAM and 3 * len({*pieces}) < len(pieces)
