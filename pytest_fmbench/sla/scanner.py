"""A place in a text that is being read."""

from __future__ import annotations

import re

from pytest_fmbench.errors import ObjectiveSyntaxError

_SPACE = re.compile(r"\s*")


class Scanner:
    """Reads a text token by token, skips white space between them, and knows where the last one began."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.began = self.at = 0

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """The token that ``pattern`` matches here, or None; then nothing is consumed but white space."""
        self.began = self.at = self._after_space()
        match = pattern.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match.group()

    def rest(self) -> str:
        """What was not read yet."""
        self.began = self._after_space()
        return self.text[self.began :].rstrip()

    def error(self, problem: str) -> ObjectiveSyntaxError:
        """The error that points at the token that was tried last."""
        return ObjectiveSyntaxError(self.text, self.began, problem)

    def _after_space(self) -> int:
        match = _SPACE.match(self.text, self.at)
        return match.end() if match else self.at
