"""``fmbench.compare`` in a case."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pytest_fmbench.cli import main
from pytest_fmbench.testing import constant, healthy, serving

pytestmark = pytest.mark.lasting

CASE = """
from pytest_fmbench import Deployment, chat, closed

def test_it(fmbench):
    before, after = (Deployment("m", "endpoint", f"url:{{url}}/v1") for url in ("{before}", "{after}"))
    found = fmbench.compare(before, after, chat(output_tokens=1), closed(2), pairs=4, duration=1.6, warmup=0)
    {body}
"""


@pytest.fixture
def urls() -> Iterator[tuple[str, str]]:
    """Of a server, and of one that takes twice as long to its first token."""
    with serving(healthy(ttft=constant(0.02))) as before, serving(healthy(ttft=constant(0.04))) as after:
        yield before.url, after.url


@pytest.fixture
def run(pytester: pytest.Pytester, urls: tuple[str, str]) -> pytest.RunResult:
    body = "\n    ".join(
        (
            "assert found.ttft.p50.ratio.low > 1.5",
            "assert [one.change.value for one in found.judged('ttft.mean')] == ['regression']",
            "assert found.ttft.p50.ratio.high < 1.05",
        )
    )
    pytester.makepyfile(CASE.format(before=urls[0], after=urls[1], body=body))
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "--fmbench-engine", "inprocess")


def test_a_candidate_that_is_slower_fails_a_plain_assertion(
    run: pytest.RunResult, pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["fmbench: test_it comparison: ttft.p50 regression, +* at *: all of it is worse"])
    run.stdout.fnmatch_lines(["*assert found.ttft.p50.ratio.high < 1.05*", "E *AssertionError: assert * < 1.05"])
    (path,) = pytester.path.glob("fmbench-out/*/comparisons/*/comparison.json")
    kept = json.loads(path.read_text())
    assert kept["pairs"] == 4
    (end,) = [line for line in run.outlines if line.startswith("test_it comparison: m+endpoint+url_")]
    assert end.endswith(", 4 pairs of blocks")
    run.stdout.fnmatch_lines([end, "REGRESSION *ttft.p50 * ms -> * ms, +*: all of it is worse"])
    assert "REGRESSION" in (path.parents[2] / "summary.md").read_text()
    assert main(["report", str(path.parents[2])]) == 0, "it has no SLA"
    assert [end, *run.outlines[run.outlines.index(end) + 1 :][:6]] == capsys.readouterr().out.splitlines()[:7]
    assert 1.5 < kept["statistics"]["ttft.p50"]["low"] < kept["statistics"]["ttft.p50"]["high"] < 3.0
    assert len(list(path.parent.glob("*/requests.parquet"))) == 8


def test_too_few_pairs_are_a_usage_error(pytester: pytest.Pytester, urls: tuple[str, str]) -> None:
    text = CASE.format(before=urls[0], after=urls[1], body="").replace("pairs=4", "pairs=3")
    pytester.makepyfile(text)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*pairs=3: a comparison takes a whole number of pairs, 4 at least*"])


TOY = """
import sys

from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.card import Card

class Toy:
    card = Card("toy", (), ("openai-chat",))

    def plan(self, deployment):
        command = (sys.executable, __file__, "{port}", deployment.model)
        return LaunchPlan(command, deployment.model, None, "m", "openai-chat")

if __name__ == "__main__":
    from pytest_fmbench.testing.__main__ import main
    print("served", flush=True)
    sys.exit(main(["--ttft", sys.argv[2], "--port", sys.argv[1]]))
"""
LOCAL = """
from pytest_fmbench import Deployment, catalog, chat, closed
from pytest_fmbench.model.registry import Registry

catalog.STACKS = Registry("stack", {"toy": "toy:Toy"})

def test_it(fmbench):
    before, after = Deployment("0.02", "toy"), Deployment("0.04", "toy")
    found = fmbench.compare(before, after, chat(output_tokens=1), closed(2), pairs=4, duration=1.6, warmup=0)
    assert len(found.baseline) == len(found.candidate) == 4
"""


def test_two_that_share_this_machine_are_started_once_each(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(toy=TOY, test_it=LOCAL)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--fmbench-engine", "inprocess", "-rs")
    result.assert_outcomes(passed=1)
    logs = [path.read_text().splitlines() for path in pytester.path.glob("fmbench-out/*/servers/*.log")]
    assert [lines.count("served") for lines in logs] == [1, 1]
