"""``fmbench recommend``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from tests.support.searched import THREE, search, session

PAGE = Path(__file__).parents[2] / "docs/recommendation.md"
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session of three deployments, in the usual place."""
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return session(tmp_path / "fmbench-out/2026-11-20", THREE)


def said(capsys: Output, *arguments: str) -> tuple[int, list[str]]:
    code = main(["recommend", *arguments])
    told = capsys.readouterr()
    return code, (told.err if code == 2 else told.out).splitlines()


def test_the_answer_comes_first_and_is_kept(capsys: Output, there: Path) -> None:
    code, lines = said(capsys, "--peak", "7200req/min", "--redundancy", "n+1")
    assert code == 0
    assert lines[0] == (
        "4 x m+vllm+ec2_g6e.2xlarge, 1 of them to spare: 8.968 USD/h, 50% used at a peak of 120 req/s. "
        "ttft.p95 < 1s breaks first, at 240 req/s [228 req/s, 252 req/s]."
    )
    assert lines[2].split()[:4] == ["deployment", "replicas", "USD/h", "used"]
    assert lines[3].split()[:3] == [">*", "m+vllm+ec2_g6e.2xlarge", "4"]
    assert "  price: 2.242 USD/h by instances.vantage.sh via aws-gpu, 2026-08-26" in lines
    assert "  with 1 lost, the others hold 168 req/s: they still hold the peak" in lines
    assert lines[-1] == f"written: {there / 'recommendation.json'}"
    kept = json.loads((there / "recommendation.json").read_text())
    assert kept["recommended"]["deployment"] == "m+vllm+ec2_g6e.2xlarge"
    assert said(capsys, "--peak", "120", "--redundancy", "1", "--json")[0] == 0
    assert json.loads((there / "recommendation.json").read_text()) == kept


def test_what_is_beyond_the_budget_or_any_fleet_is_no_answer(capsys: Output) -> None:
    code, lines = said(capsys, "--peak", "120req/s", "--budget", "3000USD/month")
    assert code == 1
    assert lines[0] == "No deployment would do:"
    assert lines[1].startswith(
        "  m+llamacpp+local: 39 replicas cost 15.6 USD/h, 11.5 USD/h more than the budget; what "
    )
    assert "what would help: a budget of 6.726 USD/h, or less headroom or redundancy" in lines[2]
    code, lines = said(capsys, "--peak", "1000000req/s", "--max-replicas", "100")
    assert (code, "and 100 are the most" in lines[1]) == (1, True)


def test_a_dearer_one_with_a_price_of_ones_own_is_cheaper(capsys: Output) -> None:
    code, lines = said(capsys, "--peak", "120", "--price", "local=0.05")
    assert (code, lines[0].split(":")[0]) == (0, "39 x m+llamacpp+local")
    assert "  price: 0.05 USD/h by --price" in lines


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--peak", "0"], "a peak of 0 req/s"),
        (["--peak", "fast"], "--peak 'fast': give a rate, as 120req/s; units are req/s"),
        (["--peak", "5", "--headroom", "20pp"], "--headroom '20pp': give a share"),
        (["--peak", "5", "--redundancy", "2n"], "n+0, n+1 or n+2"),
        (["--peak", "5", "--budget", "5EUR"], "as 5USD/h or 3000USD/month"),
        (["--peak", "5", "--price", "local"], "--price 'local': give what costs so many dollars"),
        (["--peak", "5", "--price", "local=0"], "a positive number of dollars"),
        (["--peak", "5", "--price", "local=1", "--price", "local=2"], "given twice"),
        (["--peak", "5", "--price", "nowhere=1"], "unknown deployment or instance 'nowhere'"),
        (["--peak", "5", "--market", "2yr"], "--market '2yr': prices are of on-demand, spot, 1yr-no-upfront"),
        (["--peak", "5", "--quality", "sense >= 1"], "quality.sense"),
        (["--peak", "5", "--prices", "none.toml"], "there is no file none.toml"),
        (["--peak", "5", "none"], "there is no folder none"),
        ([], "--peak"),
    ],
)
def test_mistakes_say_what_would_do(capsys: Output, arguments: list[str], told: str) -> None:
    code, lines = said(capsys, *arguments)
    assert code == 2
    assert told in "\n".join(lines)


def test_a_tie_is_called_one(capsys: Output, tmp_path: Path) -> None:
    two = [search(f"m+{name}+local", 10.0, 9.0, 11.0, 8.8) for name in ("a", "b")]
    folder = session(tmp_path / "tie", two)
    code, lines = said(capsys, "--peak", "100", "--price", "m+a+local=1", "--price", "m+b+local=1.06", str(folder))
    assert code == 0
    assert lines[0].endswith("A tie: m+b+local (14.84 USD/h) may be as cheap.")
    assert any(line.startswith("  not m+b+local: a tie: 14 replicas of 1.06 USD/h") for line in lines)


def test_what_is_dearer_as_planned_is_said_to_be_so_with_why(capsys: Output, tmp_path: Path) -> None:
    close, wide = search("m+close+local", 10.0, 9.8, 10.2, 9.7), search("m+wide+local", 15.0, 11.0, 19.0, 9.8)
    folder = session(tmp_path / "wide", [close, wide])
    code, lines = said(
        capsys, "--peak", "100", "--price", "m+close+local=1", "--price", "m+wide+local=1.2", str(folder)
    )
    assert code == 0
    assert lines[0].startswith("13 x m+wide+local")
    assert " USD/h) may be as cheap. Less is planned for them, as what they surely hold is nearer" in lines[0]
    assert "by the latter the chance to be the cheapest, or within 3%, is " in lines[0]


def test_the_page_shows_what_is_told(capsys: Output) -> None:
    shown = re.search(r"```\n\$ fmbench recommend fmbench-out (.*?)\n(.*?)\n```", PAGE.read_text(), re.DOTALL)
    assert shown is not None
    code, lines = said(capsys, "fmbench-out", *shown[1].split())
    assert code == 0
    assert [line for line in shown[2].splitlines() if line != "..." and line not in lines] == []
