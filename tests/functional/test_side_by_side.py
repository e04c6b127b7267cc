"""One session over several stacks: the same cases on each, and a table that holds them against each other."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.lasting

TOYS = """
import sys

from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.card import Card

class Toy:
    card = Card("toy", (), ("openai-chat",))

    def plan(self, deployment):
        ttft = {"quick": "0.01", "slow": "0.05", "other": "0"}[deployment.stack]
        command = (sys.executable, __file__, "{port}", ttft)
        return LaunchPlan(command, deployment.model, None, "m", "openai-chat")

if __name__ == "__main__":
    from pytest_fmbench.testing.__main__ import main
    sys.exit(main(["--ttft", sys.argv[2], "--port", sys.argv[1]]))
"""
CONFTEST = """
from pytest_fmbench import Deployment, catalog
from pytest_fmbench.model.registry import Registry

STACKS = ("quick", "slow", "other")
catalog.STACKS = Registry("stack", dict.fromkeys(STACKS, "toys:Toy"))

def pytest_fmbench_deployments(config):
    return [Deployment("small", stack) for stack in STACKS]
"""
CASES = """
import pytest
from pytest_fmbench import chat, closed

@pytest.mark.parametrize("load", [closed(1), closed(2)], ids=str)
@pytest.mark.sla("error_rate <= 0%")
def test_chat(fmbench, deployment, load):
    fmbench(deployment, chat(output_tokens=2), load, warmup=0, requests=20)
"""


def test_the_same_cases_on_several_stacks_are_shown_side_by_side(pytester: pytest.Pytester) -> None:
    """By the controller, from what the workers tell."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(toys=TOYS, test_it=CASES)
    chosen = ("-k", "small and (quick or slow)", "--fmbench-engine", "inprocess", "-p", "no:cacheprovider")
    result = pytester.runpytest_subprocess(*chosen, "-n", "2")
    result.assert_outcomes(passed=4)
    told = [
        "TTFT p50 * quick * slow",
        "test_chat[[]closed:1[]] * ms (best) * ms (*x)",
        "test_chat[[]closed:2[]] * ms (best) * ms (*x)",
        "tokens/s * quick * slow",
        "2x is twice *",
    ]
    result.stdout.fnmatch_lines(told)
    (summary,) = pytester.path.glob("fmbench-out/*/summary.md")
    assert "### Side by side\n\n| TTFT p50 | `quick` | `slow` |\n" in summary.read_text()
    again = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "fmbench-out")
    again.stdout.fnmatch_lines(told)
