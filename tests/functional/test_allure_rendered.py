"""Allure's results, rendered by Allure 2 and Allure 3 themselves, and looked at in a real browser."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.mock_server import MockServer

if TYPE_CHECKING:
    from playwright.sync_api import Page

playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
CHROMIUM = os.environ.get("FMBENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
pytestmark = [
    pytest.mark.lasting,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt install chromium, or set FMBENCH_CHROMIUM"),
]

CASES = """
import pytest
from pytest_fmbench import chat, closed

@pytest.mark.parametrize("objective", [
    pytest.param("kept", marks=pytest.mark.sla("error_rate <= 0%")),
    pytest.param("missed", marks=pytest.mark.sla("output_tokens.mean > 1000 tok")),
])
def test_chat(fmbench, deployment, objective):
    fmbench(deployment, chat(output_tokens=4), closed(2), warmup=0, requests=40)
"""
SHOWN = ("SLA missed", "closed:2", "measure", "Verdicts", "Latencies", "Figures", "Certificate")
"""What stands on the page of the case that missed."""

ALLURE_2, ALLURE_3 = "FMBENCH_ALLURE2", "FMBENCH_ALLURE3"
"""Commands: of npm's `allure-commandline`, which needs Java, and of npm's `allure`."""


def needs(variable: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not os.environ.get(variable), reason=f"set {variable} to the command of an Allure: docs/allure.md says which"
    )


class Quiet(SimpleHTTPRequestHandler):
    """A page cannot be loaded from a file."""

    def log_message(self, *_: object) -> None: ...


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def session(pytester: pytest.Pytester, mock: MockServer) -> Callable[[], Path]:
    """Measures anew; returns where the results are."""
    pytester.makepyfile(CASES)

    def measured() -> Path:
        target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "--fmbench-engine", "inprocess")
        where = ("--alluredir", "allure-results", "--clean-alluredir", "-p", "no:cacheprovider")
        pytester.runpytest_subprocess(*target, *where).assert_outcomes(passed=1, failed=1)
        return pytester.path / "allure-results"

    return measured


@pytest.fixture
def results(session: Callable[[], Path]) -> Path:
    return session()


def generated(results: Path, variable: str, *more: str) -> Path:
    report = results.with_name("allure-report")
    words = (*shlex.split(os.environ[variable]), "generate", str(results), "-o", str(report), *more)
    done = subprocess.run(words, cwd=results.parent, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return report


def missed(folder: Path) -> dict[str, Any]:
    [found] = [
        one for path in folder.glob("*.json") if (one := json.loads(path.read_text("utf-8"))).get("status") == "failed"
    ]
    assert isinstance(found, dict)
    return found


@contextmanager
def opened(report: Path, page_of: str) -> Iterator[Page]:
    """The report at that place, which has to ask nobody else and to complain of nothing."""
    with served(report) as url, playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        page, problems = browser.new_page(), list[str]()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{url}/index.html{page_of}")
        yield page
        browser.close()
    assert problems == []


def see(page: Page, *texts: str) -> None:
    for text in texts:
        page.get_by_text(text).first.wait_for()


@needs(ALLURE_2)
def test_allure_2_shows_it(results: Path) -> None:
    report = generated(results, ALLURE_2)
    case = missed(report / "data" / "test-cases")
    with opened(report, f"#testresult/{case['uid']}") as page:
        see(page, *SHOWN)
    with opened(report, "#categories") as page:
        see(page, "SLA missed")
    environment = json.loads((report / "widgets" / "environment.json").read_text("utf-8"))
    assert {"deployments", "pytest-fmbench"} <= {one["name"] for one in environment}


@needs(ALLURE_2)
def test_allure_2_draws_trends_over_sessions(session: Callable[[], Path]) -> None:
    before = generated(session(), ALLURE_2)
    results = session()
    shutil.copytree(before / "history", results / "history")  # as docs/allure.md has it
    report = generated(results, ALLURE_2, "--clean")
    trend = json.loads((report / "widgets" / "history-trend.json").read_text("utf-8"))
    assert [(one["data"]["passed"], one["data"]["failed"]) for one in trend] == [(1, 1), (1, 1)]
    case = missed(report / "data" / "test-cases")
    assert [one["status"] for one in case["extra"]["history"]["items"]] == ["failed"]
    with opened(report, f"#testresult/{case['uid']}/history") as page:
        see(page, "Success rate")


@needs(ALLURE_3)
def test_allure_3_shows_it(results: Path) -> None:
    # as docs/allure.md has it
    page = (Path(__file__).parents[2] / "docs" / "allure.md").read_text("utf-8")
    (results.parent / "allurerc.mjs").write_text(page.partition("```js\n")[2].partition("```")[0])
    report = generated(results, ALLURE_3)
    case = missed(report / "data" / "test-results")
    with opened(report, f"#{case['id']}") as shown:
        see(shown, *SHOWN)
    categories = json.loads((report / "widgets" / "categories.json").read_text("utf-8"))
    assert "SLA missed" in {one["name"] for one in categories["nodes"].values()}
    metrics = json.loads((report / "widgets" / "metrics.json").read_text("utf-8"))
    assert {one["title"] for one in metrics["current"]} >= {"ttft.p95", "output_token_rate"}
    assert (results.parent / "allure-history.jsonl").exists()
