"""Every Python example in the docs runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.mock_server import MockServer, word_by_word

pytestmark = pytest.mark.lasting

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PRELUDE = "import pytest\nfrom pytest_fmbench import *\n"
CASE = "def test_shown(fmbench, deployment):\n    fmbench(deployment, chat(4), closed(2), requests=80)\n"


def examples(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


FOUND = {page.stem: found for page in PAGES if (found := examples(page))}


def test_there_are_examples() -> None:
    assert len(FOUND) >= 5


@pytest.mark.parametrize("page", FOUND)
def test_the_examples_of_a_page_run(pytester: pytest.Pytester, mock: MockServer, page: str) -> None:
    """All in one session, each in a file of its own."""
    for nth, example in enumerate(FOUND[page], 1):
        shown = example.lstrip().startswith("@")  # a decorator, without its case
        pytester.makepyfile(**{f"test_{nth}": PRELUDE + example + (CASE if shown else "")})
    mock.script = word_by_word
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "--fmbench-duration", "1s")
    # whether a second decides an objective is not what an example is about
    options = ("--fmbench-inconclusive", "pass", "--fmbench-engine", "inprocess", "-p", "no:cacheprovider")
    result = pytester.runpytest_subprocess(*target, *options, "--continue-on-collection-errors")
    cases = any("def test_" in example or example.lstrip().startswith("@") for example in FOUND[page])
    assert result.ret == (pytest.ExitCode.OK if cases else pytest.ExitCode.NO_TESTS_COLLECTED), result.stdout.str()
