"""Images to be drawn after texts, of a size, in so many steps, some a request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_count
from pytest_fmbench.model.prompt import Message, Prompt, Wanted
from pytest_fmbench.model.workload import Prompts
from pytest_fmbench.workloads.over import Over, over
from pytest_fmbench.workloads.texts import Texts, said, texts_of
from pytest_fmbench.workloads.weights import Weighted, weighted

_SCENES = tuple(
    f"{thing} {where}, {how}"
    for where in ("at a harbour", "in a library", "on a hill", "beside a railway", "under a bridge")
    for thing in (
        *("A lighthouse keeper", "Two bicycles", "A baker's stall", "A jazz trio", "An old clock", "A sleeping owl"),
    )
    for how in ("watercolour", "photograph, evening light", "ink drawing", "oil on canvas, winter")
)  # fmt: skip
_SIZE = re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}")
Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a text.

    :param steps: of diffusion; None leaves them to the server.
    :param mixed: sizes or steps differ, so figures are told apart by them.
    """

    sizes: Weighted[str]
    steps: Weighted[int] | None
    n: int
    mixed: bool
    takes: int = 1

    def changed(self, prompts: tuple[Prompt, ...], index: int, seed: int) -> Prompt:
        """The text, to be drawn."""
        size = self.sizes.draw("size", index, seed)
        fields: dict[str, object] = {"size": size, "n": self.n}
        group = size
        if self.steps is not None:
            fields["num_inference_steps"] = steps = self.steps.draw("steps", index, seed)
            group = f"{size}, {steps} steps"
        asked = (Message("user", said(prompts[0])),)
        return Prompt(asked, max_tokens=0, fields=fields, wanted=Wanted.IMAGES, group=group if self.mixed else None)

    def models(self) -> tuple[str, ...]:
        """None by name."""
        return ()


def images(
    prompts: Sequence[str] | Prompts | None = None,
    *,
    size: str | Mapping[str, float] = "1024x1024",
    steps: int | Mapping[int, float] | None = None,
    n: int = 1,
) -> Over:
    """Images to be drawn; asked with the dialect ``openai-images``.

    :param prompts: some of your own, which come again and again, or a workload whose prompts they are; None for 120
        scenes of this project's.
    :param size: ``"512x512"``, or several with their weights, whose figures are told apart.
    :param steps: of diffusion, as vLLM-Omni and SGLang take them, or several with their weights; None says nothing of
        them.
    :param n: images a request.
    :raises UsageError: for what cannot be asked.
    """
    if not is_count(n):
        raise UsageError(f"images(n={n!r}): give a whole number from 1")
    sizes = _choices("size", size, "1024x1024")
    for one in sizes.choices:
        if not isinstance(one, str) or not _SIZE.fullmatch(one):
            raise UsageError(f"images(size={one!r}): give width x height in pixels, such as '512x512'")
    chosen = None if steps is None else _choices("steps", steps, 20)
    for many in chosen.choices if chosen else ():
        if not is_count(many):
            raise UsageError(f"images(steps={many!r}): give a whole number from 1")
    mixed = len(sizes.choices) > 1 or (chosen is not None and len(chosen.choices) > 1)
    of = Texts(_SCENES) if prompts is None else texts_of("images", prompts)
    told = "" if steps is None else f"steps={steps!r}, "
    return over(of, Drawn(sizes, chosen, n, mixed), f"images(size={size!r}, {told}n={n}, ")


def _choices(what: str, given: Choice | Mapping[Choice, float], such: object) -> Weighted[Choice]:
    """One, or several with their weights."""
    if isinstance(given, Mapping):
        return weighted(f"images: {what}={{{such!r}: 1}}, not ", given)
    return Weighted((given,), (1.0,))
