"""How many tokens prompts take, by the server that is asked, and cutting those that take too many.

A server that is asked how long a prompt is may keep it in its cache, and would then answer it faster in the run. So a
line is put before each prompt that is counted, and what the line takes is subtracted: where it joins the text, a
tokenizer may make a token more or less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_fmbench.errors import PromptRefused, UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.rows.base import Unusable
from pytest_fmbench.workloads.rows.choosing import Choice, Ready

Count = Callable[[Prompt], int]
"""How many input tokens a prompt is, as the model's own tokenizer and chat template make them."""

_LINE = "Only counted:\n\n"
_SHORT = Prompt((Message("user", "Hello"),), max_tokens=1)
_HIDDEN = 1
"""A prompt may have so many tokens more without the line."""
_NEAR = 0.98
_TRIES = 12
_FEWEST_CHARACTERS = 3
"""A token of a text of which nothing is known has hardly fewer on average."""


def aside(prompt: Prompt) -> Prompt:
    """``prompt`` behind a line, so that no cache knows the prompt itself by it."""
    if not prompt.messages:  # a whole body, which has no text of its own that a line could stand before
        return prompt
    first, *others = prompt.messages
    return replace(prompt, messages=(replace(first, content=_LINE + first.content), *others))


@dataclass(frozen=True)
class Fitting:
    """Makes prompts what is asked of a model.

    :param dressed: puts a prompt into a chat template; as it is, where the server does.
    :param line: tokens that the line takes.
    """

    choice: Choice
    dressed: Callable[[Prompt], Prompt]
    count: Count
    line: int

    def __call__(self, prompt: Prompt) -> Ready:
        """The prompt as it is asked, and its input tokens.

        :raises Unusable: when they are too few or too many.
        """
        if not self.choice.counted:
            return Ready(self.dressed(prompt))
        tokens = self._tokens(prompt)
        least, most = self.choice.tokens or (None, None)
        if tokens is not None and least is not None and tokens < least:
            raise Unusable("with fewer tokens")
        if most is not None and (tokens is None or tokens > most):
            raise Unusable("with more tokens")
        longest = self.choice.most_input
        if longest is not None and (tokens is None or tokens > longest - _HIDDEN):
            prompt, tokens = self._cut(prompt, tokens, longest - _HIDDEN)
            return Ready(self.dressed(prompt), tokens, cut=True)
        if tokens is None:
            raise Unusable("longer than the server takes")
        return Ready(self.dressed(prompt), tokens)

    def _tokens(self, prompt: Prompt) -> int | None:
        """None where the server does not take it: then it is longer than the model's context, since others it took."""
        try:
            return self.count(self.dressed(aside(prompt))) - self.line
        except PromptRefused:
            return None

    def _cut(self, prompt: Prompt, tokens: int | None, most: int) -> tuple[Prompt, int]:
        """The last message with as much of its begin and its end as ``most`` input tokens allow, to 2 %.

        LongBench cuts in the middle, because both ends may say what is to be done
        (https://github.com/THUDM/LongBench, pred.py). There, halves are of tokens; here, of characters.
        """
        short, known = 0, self._tokens(_middle_out(prompt, 0))
        if known is None or known > most:
            raise Unusable("whose template alone is too long")
        long, beyond = len(prompt.messages[-1].content), tokens
        for nth in range(_TRIES):
            if known >= _NEAR * most or long - short < 2:
                break
            kept = _between(short, long, (most - known) / (beyond - known) if beyond and nth < 6 else 0.5)
            if beyond is None:
                kept = min(kept, short + max(1, _FEWEST_CHARACTERS * (most - known)))
            found = self._tokens(_middle_out(prompt, kept))
            if found is not None and found <= most:
                short, known = kept, found
            else:
                long, beyond = kept, found
        return _middle_out(prompt, short), known


def fitting(choice: Choice, dressed: Callable[[Prompt], Prompt], count: Count | None) -> Fitting:
    """For a model that counts as ``count`` does; without one, for none.

    :raises UsageError: when the server does not tell how many tokens a prompt is, or prompts are to be counted without.
    """
    if not choice.counted:
        return Fitting(choice, dressed, _uncounted, 0)
    if count is None:
        raise UsageError(
            "tokens= and most_input= take a model to count by: ask it for prompts once it is fitted to one"
        )
    return Fitting(choice, dressed, count, count(dressed(aside(_SHORT))) - count(dressed(_SHORT)))


def _uncounted(prompt: Prompt) -> int:
    raise UsageError(f"nobody counts tokens here, but was asked to for {prompt!r}")


def _between(short: int, long: int, share: float) -> int:
    return min(long - 1, max(short + 1, short + int((long - short) * share * 0.995)))


def _middle_out(prompt: Prompt, characters: int) -> Prompt:
    """Only so many characters of the last message, half of them from its begin and half from its end."""
    *before, last = prompt.messages
    text, tail = last.content, characters // 2
    return replace(
        prompt, messages=(*before, replace(last, content=text[: characters - tail] + text[len(text) - tail :]))
    )
