"""What a session leaves for machines: JUnit for Jenkins, annotations, benchmark files, exports, copies."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pytest_fmbench.cli import main
from tests.unit.sinks.exports.test_openmetrics import families
from tests.unit.sinks.test_junit_file import refused

pytestmark = pytest.mark.lasting

Case = Callable[..., pytest.RunResult]
MISSED = ("ttft.mean > 10s", "error_rate <= 0%")


def only(path: Path, pattern: str) -> Path:
    (found,) = path.glob(pattern)
    return found


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_a_session_for_jenkins_and_github(
    run_case: Case, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path))
    result = run_case("-n", "2", "--junitxml=junit.xml", "--fmbench-junit", "jenkins", sla=MISSED)
    result.assert_outcomes(failed=1)
    written = ET.parse(pytester.path / "junit.xml").getroot()  # noqa: S314  # written a moment ago
    assert refused(written) == []
    [out] = written.iter("system-out")
    assert "\nttft.p95.n: 40\n" in f"{out.text}"
    [line] = [line for line in result.outlines if line.startswith("::")]
    # a line is where the case's decorators begin
    assert line.startswith(f"::error file={next(pytester.path.glob('test_*.py')).name},line=4,title=test_chat[m+")
    assert "::ttft.mean > 10s: " in line

    [found] = {one["fullname"] for one in benchmarks(pytester.path) if one["group"] == "ttft"}
    assert found.endswith(" ttft")
    assert "::test_chat[m+openai+" in found


def benchmarks(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(only(folder, "fmbench-out/*/benchmark.json"))["benchmarks"]
    return found


def test_pytest_benchmark_compares_sessions(run_case: Case, pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_benchmark")
    run_case()
    saved = pytester.path / ".benchmarks" / "fmbench"
    saved.mkdir(parents=True)
    for name in ("0001_before.json", "0002_after.json"):  # twice the same, which it does not see
        (saved / name).write_bytes(only(pytester.path, "fmbench-out/*/benchmark.json").read_bytes())
    compare = ("compare", "--columns", "min,max,mean,stddev,median,iqr,outliers,ops,rounds,iterations")
    result = pytester.run(sys.executable, "-m", "pytest_benchmark", *compare, "--csv=all.csv")
    assert result.ret == 0
    for metric in ("ttft", "itl", "tpot", "e2e"):
        result.stdout.fnmatch_lines([f"*benchmark '{metric}': 2 tests*"])
    assert "Failed to load" not in result.stdout.str() + result.stderr.str()
    assert len((pytester.path / "all.csv").read_text().splitlines()) == 1 + 8
    drawn = pytester.run(sys.executable, "-m", "pytest_benchmark", "compare", "--histogram=spread")
    assert drawn.ret == 0
    for metric in ("ttft", "itl", "tpot", "e2e"):
        assert "test_chat[m+openai+" in (pytester.path / f"spread-{metric}.svg").read_text("utf-8")


def test_pytest_benchmark_saves_its_own_beside_ours(
    run_case: Case, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pytest_benchmark")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # it measures nothing in what a worker of xdist starts
    run_case()
    ours = only(pytester.path, "fmbench-out/*/benchmark.json").read_bytes()
    pytester.makepyfile(test_own="def test_own(benchmark): benchmark(sum, [1, 2])")
    own = ("test_own.py", "-p", "pytest_benchmark.plugin", "--benchmark-autosave")
    pytester.runpytest_subprocess(*own).assert_outcomes(passed=1)
    first = only(pytester.path, ".benchmarks/*/0001_*.json")
    first.with_name("0002_ours.json").write_bytes(ours)
    result = pytester.runpytest_subprocess(*own, "--benchmark-compare=0002")
    result.assert_outcomes(passed=1)
    assert [path.name[:4] for path in sorted(first.parent.iterdir())] == ["0001", "0002", "0003"]
    result.stderr.fnmatch_lines(["Comparing against benchmarks from: *0002_ours.json"])


def test_every_export_of_a_session(
    run_case: Case, pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    run_case(sla=MISSED)
    session = only(pytester.path, "fmbench-out/*")
    capsys.readouterr()
    for form in ("csv", "jsonl", "prometheus", "otel", "benchmark", "smaller-is-better", "bigger-is-better"):
        assert main(["export", "--to", form]) == 0  # whatever its verdicts
        note, told = capsys.readouterr().out.splitlines()
        assert note == f"session {session.name}, the only one in fmbench-out"
        assert told.startswith(f"{form}: ")
    assert (pytester.path / "fmbench-csv" / "requests.csv").read_text("utf-8").count(',"window",') == 40
    text = (pytester.path / "metrics.txt").read_text("utf-8")
    assert families(text)
    # known by node id, as the session itself knows them
    assert read(pytester.path / "benchmark.json") == read(session / "benchmark.json")
    assert main(["export", "--to", "parquet"]) == 2
    assert "unknown export 'parquet'" in capsys.readouterr().err


def test_a_session_is_copied_to_a_url_and_read_from_there(
    run_case: Case, pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    url = (pytester.path / "remote").as_uri()
    result = run_case("-n", "2", "--fmbench-output", url)
    result.assert_outcomes(passed=1)
    here, there = only(pytester.path, "fmbench-out/*"), only(pytester.path, "remote/*")
    result.stdout.fnmatch_lines([f"copied: * files to {url}/{here.name}"])
    names = {path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file()}
    copied = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    assert copied - names == {"begun"}
    assert names - copied == set()
    assert {"report.html", "benchmark.json"} <= copied
    capsys.readouterr()
    assert main(["report", url]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("case ")
    assert lines[-1] == f"records: {url}/{here.name}"


def test_a_url_that_cannot_be_written_ends_the_session_before_it_begins(
    run_case: Case, pytester: pytest.Pytester
) -> None:
    (pytester.path / "taken").write_text("a file")
    result = run_case("--fmbench-output", (pytester.path / "taken").as_uri())
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --fmbench-output: cannot write to file://*"])
    assert not (pytester.path / "fmbench-out").exists()


def test_what_can_be_copied_no_more_fails_the_session(run_case: Case, pytester: pytest.Pytester) -> None:
    body = "import pathlib, shutil; shutil.rmtree('remote'); pathlib.Path('remote').write_text('gone')"
    result = run_case("--fmbench-output", (pytester.path / "remote").as_uri(), body=body)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["not copied: cannot copy *; the records lie in *fmbench-out*"])
