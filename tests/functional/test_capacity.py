"""``fmbench.capacity`` in a case."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from pytest_fmbench.testing import constant, healthy, limited, serving

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.sla("e2e.mean < 2s", "error_rate <= 0%")
def test_it(fmbench):
    there = Deployment("m", "endpoint", "url:{url}/v1")
    {body}
"""
OPTIONS = ("-p", "no:cacheprovider", "--fmbench-engine", "inprocess")


@pytest.fixture
def url() -> Iterator[str]:
    """Of a server that does two requests at once, in 20 ms each: 100 a second."""
    with serving(limited(healthy(ttft=constant(0.02)), 2)) as mock:
        yield mock.url


def run(pytester: pytest.Pytester, url: str, *body: str, options: tuple[str, ...] = ()) -> pytest.RunResult:
    pytester.makepyfile(CASE.format(url=url, body="\n    ".join(body)))
    return pytester.runpytest_subprocess(*OPTIONS, *options)


def test_a_search_is_told_and_kept(pytester: pytest.Pytester, url: str) -> None:
    result = run(
        pytester,
        url,
        "found = fmbench.capacity(there, chat(output_tokens=1), start=40, requests=160)",
        "assert 0 <= found.rate.low <= float(found.rate) <= found.rate.high",
        "with pytest.raises(Exception, match='the search chooses the load itself'):",
        "    fmbench.capacity(there, chat(output_tokens=1), closed(4))",
        "nothing = fmbench.capacity(there, chat(output_tokens=1), sla='e2e.max < 2ms', requests=60, name='too soon')",
        "assert float(nothing.rate) == nothing.rate.high == 0.0",
        options=(
            *("--junitxml=junit.xml", "--fmbench-require", "all", "--fmbench-telemetry", "100ms"),
            *("--fmbench-price", "url=3.6"),
        ),
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_it capacity: * at 95%: *", "  rate *says *e2e.mean < 2s*"])
    result.stdout.fnmatch_lines(["too soon: 0 req/s * no rate holds e2e.max < 2ms: *"])
    first, second = sorted(pytester.path.glob("fmbench-out/*/capacities/*/capacity.json"))
    kept = json.loads(first.read_text())
    assert kept["probes"][0]["rate"] == 0.0
    assert kept["probes"][1]["rate"] == 40.0
    assert len(kept["probes"]) == len(list(first.parent.glob("*/requests.parquet")))
    assert (kept["instance"], kept["tariff"]["usd_per_hour"]) == ("url", 3.6)
    assert kept["conditions"]["load"] == {"arrivals": "Poisson(rate=1.0)"}
    assert 0.0 <= kept["held"]["rate"] <= kept["rate"]["value"]
    assert kept["costs"]["cost_per_1k_requests"]["value"] == pytest.approx(1.0 / kept["rate"]["value"])
    assert len(kept["probes"]) == len(list(first.parent.glob("*/telemetry.parquet")))
    assert "host.cpu.mean" in kept["sampled"]
    assert "host.cpu.mean" in (first.parent / "capacity.svg").read_text()
    assert json.loads(second.read_text())["limiting"] == "e2e.max < 2ms"
    (summary,) = pytester.path.glob("fmbench-out/*/summary.md")
    assert "### Capacity" in summary.read_text()
    assert "1 of 1 cases passed" in summary.read_text()
    assert 'name="too soon.capacity" value="0.0"' in (pytester.path / "junit.xml").read_text()
    assert "limit, 2 s" in (first.parent / "capacity.svg").read_text()
    asked = ("recommend", "--peak", "5req/s", "--sla", "e2e.mean < 2s", "--sla", "error_rate <= 0%")
    chosen = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", *asked)
    assert chosen.ret == (0 if kept["held"]["rate"] else 1)  # so short a search may know no lower end
    (recommended,) = pytester.path.glob("fmbench-out/*/recommendation.json")
    assert kept["deployment"] in json.loads(recommended.read_text())["answer"]
    told = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "fmbench-out")
    told.stdout.fnmatch_lines(
        ["test_it capacity: * at 95%: *", "  curves: capacities/*/capacity.svg", "too soon: 0 req/s *"]
    )


def test_a_plan_of_a_search_says_what_it_takes_at_most(pytester: pytest.Pytester, url: str) -> None:
    body = "fmbench.capacity(there, chat(output_tokens=1), requests=500)"
    result = run(pytester, url, body, options=("--fmbench-plan",))
    result.stdout.fnmatch_lines(["*a search for the capacity takes 500 requests at most*"])
