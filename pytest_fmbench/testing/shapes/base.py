"""What a shape is, and what shapes have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.steps import Step

WORDS = (" the", " quick", " brown", " fox", " jumps", " over", " a", " dog")
"""The text of tokens, again and again."""

MOMENT = 1_700_000_000
"""When every reply says that it was made, in seconds since 1970: fixed, so that bytes are the same each time."""


@dataclass(frozen=True)
class Shape:
    """A wire form.

    :param paths: what it answers a POST to.
    :param limit: the most output tokens that a request's body asks for; None if it does not say.
    :param answer: the reply's steps.
    """

    paths: re.Pattern[str]
    limit: Callable[[dict[str, Any]], int | None]
    answer: Callable[[Asked, Plan], Iterable[Step]]


def first(body: dict[str, Any], *names: str) -> Any:  # noqa: ANN401  # whatever the client wrote
    """What stands in ``body`` under the first of these names that it has; a dot goes one object deeper."""
    for name in names:
        outer, _, inner = name.rpartition(".")
        holder = body.get(outer) if outer else body
        if isinstance(holder, dict) and holder.get(inner) is not None:
            return holder[inner]
    return None


def text(plan: Plan) -> str:
    """The whole output."""
    return "".join(islice(cycle(WORDS), plan.tokens))


def name_in(path: str, place: int) -> str:
    """A part of a path, from 0, such as a model's name."""
    return path.partition("?")[0].strip("/").split("/")[place]
