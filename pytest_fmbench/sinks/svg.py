"""Just enough SVG for plots: a drawing, scales with their ticks, and a frame. Well-formed by construction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree as ET

from pytest_fmbench.model.readable import cut, plain

INK, GRID = "#1f2933", "#e3e7eb"
_FONT = "system-ui, sans-serif"


class Drawing:
    """An SVG image on a white ground.

    :param width: in pixels, as ``height``.
    """

    def __init__(self, width: int, height: int) -> None:
        size = {"width": str(width), "height": str(height), "viewBox": f"0 0 {width} {height}"}
        self._root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "font-family": _FONT, **size})
        # SVG has no ground of its own, and reports have dark themes
        self.add("rect", width=width, height=height, fill="#ffffff")

    def add(self, tag: str, **attributes: object) -> ET.Element:
        """Add a shape; ``_`` in a name of an attribute stands for ``-``."""
        named = {name.replace("_", "-"): _text(value) for name, value in attributes.items()}
        return ET.SubElement(self._root, tag, named)

    def line(self, begin: tuple[float, float], end: tuple[float, float], **style: object) -> None:
        """A straight line."""
        self.add("line", x1=begin[0], y1=begin[1], x2=end[0], y2=end[1], **style)

    def write(self, at: tuple[float, float], words: str, *, size: int = 12, fill: str = INK, **style: object) -> None:
        """Text, with a white rim that keeps it legible on lines."""
        rim = {"paint_order": "stroke", "stroke": "#ffffff", "stroke_width": 3}
        self.add("text", x=at[0], y=at[1], font_size=size, fill=fill, **rim, **style).text = plain(cut(words))

    def __str__(self) -> str:
        return ET.tostring(self._root, encoding="unicode")


def _text(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


class Box(NamedTuple):
    """Where a plot is, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Scale:
    """Turns values into pixels, on a line or on a logarithm.

    :param low: value at the pixel ``begin``.
    :param high: value at the pixel ``end``.
    :param log: on a logarithm; ``low`` is above zero then.
    """

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of ``value``, which is moved to the nearer end where it lies outside."""
        inside = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            share = (inside - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def ticks(self) -> list[float]:
        """Round values to be labelled: about six, or on a long logarithm 1, 2 and 5 of each decade."""
        return _decades(self.low, self.high) if self.log and self.high > 10 * self.low else _steps(self.low, self.high)


def _steps(low: float, high: float) -> list[float]:
    rough = (high - low) / 6
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [factor * 10.0**decade for decade in decades for factor in (1, 2, 5)]
    coarse = [10.0**decade for decade in decades]
    return [tick for tick in (fine if high < 5e3 * low else coarse) if low <= tick <= high]


def frame(drawing: Drawing, box: Box, across: dict[float, str], up: dict[float, str]) -> None:
    """Grid and labels of a plot: texts by their pixel, along the bottom and along the left."""
    for x, words in across.items():
        drawing.line((x, box.top), (x, box.bottom), stroke=GRID)
        drawing.write((x, box.bottom + 17), words, text_anchor="middle")
    for y, words in up.items():
        drawing.line((box.left, y), (box.right, y), stroke=GRID)
        drawing.write((box.left - 8, y + 4), words, text_anchor="end")
    drawing.line((box.left, box.bottom), (box.right, box.bottom), stroke=INK)
    drawing.line((box.left, box.top), (box.left, box.bottom), stroke=INK)
