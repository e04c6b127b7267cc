"""A server that plays models and judges, whose verdicts are known beforehand; the model's name says which is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.support.mock_server import END, HEAD, Asked, Step, delta, plain, sse, usage

_MARKED = re.compile(r"^<(.+?) [0-9a-f]{8}>\n(.*?)\n</\1 ", re.DOTALL | re.MULTILINE)

Judge = Callable[[int, Sequence[str]], str]
"""Says something, told which number is right and the answers in their order."""


def saying(text: str, finish: str = "stop") -> Sequence[Step]:
    words = [sse(delta(None, role="assistant")), *([sse(delta(text))] if text else [])]
    return [HEAD, *words, sse(delta(finish=finish), usage(50, 10), b"[DONE]"), END]


def verdict(grade: str) -> str:
    return f'I have compared them.\n{{"verdict": "{grade}"}}'


def is_right(answer: str, number: int) -> bool:
    return answer == f"It is {number}."


def perfect(number: int, answers: Sequence[str]) -> str:
    rights = [is_right(one, number) for one in answers]
    if len(rights) == 1:
        return verdict("5" if rights[0] else "1")
    return verdict("tie" if rights[0] == rights[1] else "first" if rights[0] else "second")


def harsh(number: int, answers: Sequence[str]) -> str:
    return verdict("3" if is_right(answers[0], number) else "1")


def first_liking(number: int, answers: Sequence[str]) -> str:  # noqa: ARG001  # it does not look
    return verdict("first")


JUDGES: dict[str, Judge] = {
    "perfect": perfect,
    "fair": perfect,
    "harsh": harsh,
    "first-liking": first_liking,
    "prose": lambda *_: "Both have a charm of their own, and who am I to choose?",
    "refusing": lambda *_: "I'm sorry, but I can't compare people's work.",
    "looping": lambda *_: "they are good, " * 200,
}


def asked_of(asked: Asked) -> tuple[str, str]:
    """The model that is asked, and the last message."""
    body: dict[str, Any] = json.loads(asked.body or b"{}")
    return body.get("model", ""), body.get("messages", [{"content": ""}])[-1]["content"]


def number_in(text: str) -> int:
    return int("".join(filter(str.isdigit, text)) or -1)


def play(asked: Asked) -> Sequence[Step]:
    """``good`` says each number, ``bad`` not the even ones; judges judge; ``broken`` fails."""
    model, text = asked_of(asked)
    if model == "broken" and "judge" in text:
        return plain(500, '{"error": {"message": "out of memory"}}')
    if model not in JUDGES or "judge" not in text:
        number = number_in(text)
        return saying("no idea at all" if model == "bad" and number % 2 == 0 else f"It is {number}.")
    material = _MARKED.findall(text)
    answers = [content for name, content in material if name.endswith("answer") and name != "right answer"]
    question = next(content for name, content in material if name == "question")
    said = JUDGES[model](number_in(question), answers)
    return saying(said, "length" if model == "looping" else "stop")
