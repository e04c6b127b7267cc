"""``report.html`` in a real browser: what can be pressed works, nothing is asked for, and everybody can read it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fmbench.sinks.html.page import write_report
from tests.support.reports import shown_session

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
CHROMIUM = os.environ.get("FMBENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
AXE = os.environ.get("FMBENCH_AXE", "")
AGENTS = "test_agentic[smollm2-135m-q4_1+llamacpp+local] (no SLA)"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
pytestmark = [
    pytest.mark.lasting,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt install chromium, or set FMBENCH_CHROMIUM"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    path = folder / "report.html"
    write_report(path, shown_session(folder))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as player:
        started = player.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield started
        started.close()


class Seen:
    """A page that is open, and what went wrong on it."""

    def __init__(self, page: Page, report: Path) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(report.as_uri())

    def draw_all(self) -> None:
        """Bring every chart that is shown into view once."""
        for figure in self.page.locator("figure[data-chart]:visible").all():
            figure.scroll_into_view_if_needed()
            figure.locator(".plot svg").first.wait_for()


@pytest.fixture(params=["light", "dark"])
def seen(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Seen]:
    context = browser.new_context(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    opened = Seen(context.new_page(), report)
    yield opened
    context.close()
    assert [url for url in opened.asked if not url.startswith(("file:", "data:"))] == []
    assert opened.complaints == []


def violations(page: Page) -> list[str]:
    """What axe finds: its rule, and where."""
    page.evaluate(Path(AXE).read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]]


def test_every_chart_is_drawn(seen: Seen) -> None:
    seen.draw_all()
    seen.page.select_option("select[data-choose=run]", label=AGENTS)
    seen.draw_all()
    kinds = {one.get_attribute("data-chart") for one in seen.page.locator("figure[data-chart]:has(svg)").all()}
    assert kinds == {"capacity", "tradeoff", "cost", "worth", "course", "spread", "slowest", "waterfall"}


def test_everything_that_can_be_pressed_does_what_it_says_with_the_keyboard_too(seen: Seen) -> None:
    page = seen.page
    heat = page.locator("[data-panel=matrix]:visible")
    before = heat.inner_text()
    page.select_option("select[data-choose=matrix]", label="tokens/s")
    assert heat.inner_text() != before

    head = page.locator("#figures thead button", has_text="TTFT p50")
    column = "[...document.querySelectorAll('#figures tbody tr')].map(row => Number(row.cells[4].dataset.sort))"
    head.focus()
    page.keyboard.press("Enter")
    rising = page.evaluate(column)
    assert rising == sorted(rising)
    assert page.locator("#figures th[aria-sort=ascending]").inner_text().strip().startswith("TTFT p50")
    page.keyboard.press("Enter")
    assert page.evaluate(column) == sorted(rising, reverse=True)

    page.locator("#tradeoff figure").scroll_into_view_if_needed()
    page.locator("#tradeoff svg").first.wait_for()
    page.select_option("select[data-choose=tradeoff-y]", label="TPOT mean")
    assert "TPOT mean" in page.locator("#tradeoff .plot").inner_text()

    page.locator("#verdicts a[data-open='1']").click()
    assert page.locator("[data-panel=run]:visible").get_attribute("data-when") == "1"

    page.locator("[data-panel=run]:visible figure[data-chart=slowest]").scroll_into_view_if_needed()
    page.locator("[data-panel=run]:visible figure[data-chart=slowest] svg").first.wait_for()
    slow = page.locator("[data-panel=run]:visible .requests button").nth(2)
    slow.focus()
    lines = page.locator("[data-panel=run]:visible figure[data-chart=slowest] svg g[data-mark=line] path")
    assert lines.count() == 10
    page.keyboard.press("Space")
    assert slow.get_attribute("aria-pressed") == "true"
    assert lines.count() == 1


def test_a_task_is_chosen_by_pressing_it_and_none_is_never(seen: Seen) -> None:
    seen.page.select_option("select[data-choose=run]", label=AGENTS)
    panel = seen.page.locator("[data-panel=run]:visible")
    tasks = panel.locator("[data-alone] button")
    figure = panel.locator("figure[data-chart=waterfall]")
    figure.scroll_into_view_if_needed()
    figure.locator("svg").first.wait_for()
    assert figure.inner_text().startswith("1: ")
    tasks.nth(3).focus()
    for _ in range(2):  # a second press changes nothing
        seen.page.keyboard.press("Space")
        assert [one.get_attribute("aria-pressed") for one in tasks.all()].index("true") == 3
        assert panel.locator("[data-alone] button[aria-pressed=true]").count() == 1
        assert figure.inner_text().startswith("4: ")


@pytest.mark.skipif(not AXE, reason="there is no axe: set FMBENCH_AXE to axe.min.js of the npm package axe-core")
def test_nothing_keeps_anybody_from_reading_it(seen: Seen) -> None:
    seen.draw_all()
    assert violations(seen.page) == []
    seen.page.set_viewport_size({"width": 390, "height": 844})
    assert violations(seen.page) == []


@pytest.mark.parametrize("width", [390, 800])
def test_on_a_small_screen_nothing_sticks_out(seen: Seen, width: int) -> None:
    seen.page.set_viewport_size({"width": width, "height": 844})
    seen.draw_all()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_in_print_every_chart_is_drawn_that_is_shown(seen: Seen) -> None:
    assert seen.page.pdf().startswith(b"%PDF")
    drawn = seen.page.locator("figure[data-chart]:visible:has(svg)").count()
    assert drawn == seen.page.locator("figure[data-chart]:visible").count() > 0
