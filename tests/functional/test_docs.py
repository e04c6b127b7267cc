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


def examples(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


FOUND = [
    pytest.param(example, id=f"{page.stem}-{nth}") for page in PAGES for nth, example in enumerate(examples(page), 1)
]


def test_there_are_examples() -> None:
    assert len(FOUND) >= 5


@pytest.mark.parametrize("example", FOUND)
def test_an_example_runs(pytester: pytest.Pytester, mock: MockServer, example: str) -> None:
    if example.lstrip().startswith("@"):  # a decorator, shown without its case
        example += "def test_shown(fmbench, deployment):\n    fmbench(deployment, chat(4), closed(2), requests=80)\n"
    pytester.makepyfile(test_example=PRELUDE + example)
    mock.script = word_by_word
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "--fmbench-duration", "1s")
    # whether a second decides an objective is not what an example is about
    options = ("--fmbench-inconclusive", "pass", "--fmbench-engine", "inprocess", "-p", "no:cacheprovider")
    result = pytester.runpytest_subprocess(*target, *options)
    wanted = (pytest.ExitCode.OK,) if "def test_" in example else (pytest.ExitCode.NO_TESTS_COLLECTED,)
    assert result.ret in wanted, result.stdout.str()
