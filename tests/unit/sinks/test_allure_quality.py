from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pytest_fmbench import errors
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.figures import Figures
from pytest_fmbench.runs.qualities.quality import Quality
from pytest_fmbench.runs.qualities.told import told
from pytest_fmbench.sinks import allure
from tests.support.answers import answered, item
from tests.unit.sinks.test_allure import Heard, full_disk, heard

__all__ = ["full_disk", "heard"]

TASK = Task("capitals", tuple(item(name, answers=("x",)) for name in ("oslo", "lima")))


def quality(*, baseline: bool = False, text: str | None = "Lima, it is") -> Quality:
    found = {"oslo": answered("oslo", None), "lima": answered("lima", 1.0, text=text)}
    before = {name: answered(name, 0.0, text="no") for name in found} if baseline else None
    figures = Figures(TASK, found, before, before)
    records = {"answers": Path("session/answers/a")}
    other = "other+s+local" if baseline else None
    return Quality("test_it quality", "m+s+local", figures, Path("session/qualities/q"), records, 4, {}, other)


def attached(heard: Heard, found: Quality, step: str = "") -> dict[str, str]:
    allure.attach_quality(found, told(found, "a::test_it", Path("session")), step)
    return {name: body for name, _, body, _ in heard.attached}


def test_figures_and_answers_are_attached(heard: Heard) -> None:
    shown = attached(heard, quality())
    assert [(name, kind) for name, kind, *_ in heard.attached] == [
        ("Quality", "txt"),
        ("Quality (CSV, shares of 1)", "csv"),
        ("Answers", "csv"),
    ]
    assert shown["Quality"].startswith("test_it quality (m+s+local): capitals, 2 items: score 100% [")
    assert "1 failed, 1 of them: timeout: nothing came" in shown["Quality"]
    assert "\nscore,1.0," in shown["Quality (CSV, shares of 1)"]
    failed, said = csv.DictReader(shown["Answers"].splitlines())
    assert (failed["item"], failed["error"], failed["score.exact_match"]) == ("oslo", "timeout: nothing came", "")
    assert (said["item"], said["text"], said["score.exact_match"]) == ("lima", "Lima, it is", "1.0")


def test_what_is_not_stored_is_not_attached(heard: Heard) -> None:
    _, said = csv.DictReader(attached(heard, quality(text=None))["Answers"].splitlines())
    assert said["text"] == ""


def test_delta_and_drift_stand_beside_and_a_second_quality_has_its_step(heard: Heard) -> None:
    shown = attached(heard, quality(baseline=True), "again")
    assert heard.steps == [("begin", "again"), ("end", "again")]
    assert "score.delta  100 pp [" in shown["Quality"]
    assert "differs  100% [" in shown["Quality"]
    assert "drift  0 pp [" in shown["Quality"]
    _, said = csv.DictReader(shown["Answers"].splitlines())
    assert (said["text"], said["baseline.text"], said["alone.text"]) == ("Lima, it is", "no", "no")
    assert (said["score.exact_match"], said["baseline.score.exact_match"]) == ("1.0", "0.0")


@pytest.mark.usefixtures("full_disk")
def test_what_cannot_be_attached_is_an_error() -> None:
    with pytest.raises(errors.StoreError, match="'Quality' to Allure's results"):
        allure.attach_quality(quality(), told(quality(), "a::test_it", Path("session")))
