from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pytest_fmbench.sinks.svg import Box, Drawing, Scale, frame


def parsed(drawing: Drawing) -> list[ET.Element]:
    root = ET.fromstring(str(drawing))  # noqa: S314  # written by us a moment ago
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    return list(root)


def test_a_drawing_has_a_light_ground_and_a_size() -> None:
    drawing = Drawing(300, 200)
    (ground,) = parsed(drawing)
    assert (ground.get("width"), ground.get("height"), ground.get("fill")) == ("300", "200", "#ffffff")


def test_names_and_numbers_of_attributes() -> None:
    drawing = Drawing(10, 10)
    drawing.line((1, 2.0), (3.14159, 4), stroke_width=1.5)
    line = parsed(drawing)[1]
    assert line.attrib == {"x1": "1", "y1": "2", "x2": "3.14", "y2": "4", "stroke-width": "1.5"}


def test_text_is_no_markup() -> None:
    drawing = Drawing(10, 10)
    drawing.write((0, 0), "ttft.p95 < 1s & <b>")
    assert parsed(drawing)[1].text == "ttft.p95 < 1s & <b>"


@pytest.mark.parametrize(
    ("scale", "value", "pixel"),
    [
        (Scale(0, 10, 100, 200), 5, 150),
        (Scale(0, 10, 200, 100), 2, 180),
        (Scale(0, 10, 100, 200), 11, 200),
        (Scale(0, 10, 100, 200), -1, 100),
        (Scale(0.01, 100, 0, 400, log=True), 1, 200),
        (Scale(0.01, 100, 0, 400, log=True), 0, 0),
    ],
)
def test_a_scale_turns_values_into_pixels(scale: Scale, value: float, pixel: float) -> None:
    assert scale(value) == pytest.approx(pixel)


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (Scale(0, 12, 0, 1), [0, 2, 4, 6, 8, 10, 12]),
        (Scale(0, 0.37, 0, 1), [0, 0.1, 0.2, 0.3]),
        (Scale(0.16, 0.5, 0, 1, log=True), [0.2, 0.3, 0.4, 0.5]),
        (Scale(0.003, 0.3, 0, 1, log=True), [0.005, 0.01, 0.02, 0.05, 0.1, 0.2]),
        (Scale(0.003, 300, 0, 1, log=True), [0.01, 0.1, 1, 10, 100]),
    ],
)
def test_ticks_are_round_and_not_too_many(scale: Scale, ticks: list[float]) -> None:
    assert scale.ticks() == pytest.approx(ticks)


def test_a_frame_writes_every_label_at_its_pixel() -> None:
    drawing = Drawing(100, 100)
    frame(drawing, Box(10, 10, 90, 80), {50.0: "1 s"}, {20.0: "100%"})
    texts = {element.text: (element.get("x"), element.get("y")) for element in parsed(drawing) if element.text}
    assert texts == {"1 s": ("50", "97"), "100%": ("2", "24")}
