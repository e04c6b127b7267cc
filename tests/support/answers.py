"""Items, and what is said to them."""

from __future__ import annotations

from typing import Any

from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.prompt import Message, Prompt, Tool, ToolCall
from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import Item, Truth
from pytest_fmbench.quality.scorers import SCORERS


def item(name: str = "i", *, scorers: tuple[str, ...] = (), tools: tuple[Tool, ...] = (), **truth: Any) -> Item:
    prompt = Prompt((Message("user", f"What is {name}?"),), max_tokens=8, tools=tools)
    return Item(name, prompt, Truth(**truth), scorers)


def said(text: str, *calls: tuple[str, str]) -> Answer:
    return Answer(text, tool_calls=tuple(ToolCall(f"call-{nth}", *call) for nth, call in enumerate(calls)))


def value(scorer: str, text: str, *rights: str, **truth: Any) -> float:
    """What the scorer of that name gives for ``text``."""
    return SCORERS[scorer](said(text), item(answers=rights, **truth)).value


def answered(name: str, score: float | None = 1.0, **more: Any) -> Answered:
    """An item with one score; without, its request failed."""
    if score is None:
        return Answered(name, error="timeout: nothing came")
    return Answered(name, **{"text": f"{score}", "output_tokens": 4, "scores": {"exact_match": score}, **more})
