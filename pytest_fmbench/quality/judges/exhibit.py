"""What a judge is shown: a question, what is right as far as that is known, and one answer, or two to be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

_LONGEST = 20_000
"""Characters of a text that a judge is shown; of a longer one the middle is left out."""


@dataclass(frozen=True)
class Exhibit:
    """What is judged.

    :param answers: one, or two in the order in which they are shown.
    :param references: texts of which any is right; none where that is not known.
    """

    question: str
    answers: tuple[str, ...]
    references: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of all texts, in lowercase hex."""
        texts = json.dumps([self.question, self.answers, self.references])
        return sha256(texts.encode()).hexdigest()

    def shown(self) -> str:
        """All texts, each between marks that no text can hold, since the marks are made of all of them."""
        return "\n\n".join(
            f"<{name} {self.digest[:8]}>\n{text}\n</{name} {self.digest[:8]}>" for name, text in self._parts()
        )

    def _parts(self) -> Iterator[tuple[str, str]]:
        yield "question", shortened(self.question)
        yield from (("right answer", shortened(one)) for one in self.references)
        names = ("answer",) if len(self.answers) == 1 else ("first answer", "second answer")
        yield from zip(names, map(shortened, self.answers), strict=True)


def shortened(text: str) -> str:
    """``text``, but for the middle of one that is too long for a judge; that something is left out is said in it."""
    if len(text) <= _LONGEST:
        return text
    half = _LONGEST // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters are left out here ...]\n{text[-half:]}"
