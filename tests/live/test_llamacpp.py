"""The whole path on a real engine that serves a real model."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pytest

from pytest_fmbench.store.spool import read_spool
from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.weights.fetch import locate
from tests.support.processes import alive, eventually
from tests.support.traces import json_lines, mooncake


def servers_below(folder: Path) -> set[int]:
    """Process ids of llama.cpp servers whose log lies below ``folder``."""
    return {int(process.name) for process in Path("/proc").glob("[0-9]*") if serves_below(process, folder)}


def serves_below(process: Path, folder: Path) -> bool:
    try:
        command = (process / "cmdline").read_bytes()
        log = (process / "fd/1").readlink()
    except OSError:
        return False  # it ended while we looked
    return b"llamacpp_server" in command and b"supervise" not in command and log.is_relative_to(folder)


def rows_of(folder: Path) -> list[dict[str, object]]:
    found = [
        read_measurement(path).requests.to_pylist()
        for path in sorted(folder.glob("fmbench-out/*/cases/*/requests.parquet"))
    ]
    return [row for rows in found for row in rows]


def spools(folder: Path) -> list[Path]:
    return list(folder.glob("fmbench-out/*/cases/*/spool"))


def test_a_real_engine_is_measured_and_stopped(live_case: pytest.Pytester) -> None:
    result = live_case.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
    starts = [line for line in result.outlines if "fmbench: starting smollm2-135m" in line]
    assert len(starts) == 1
    assert servers_below(live_case.path) == set()
    for path in live_case.path.glob("fmbench-out/*/cases/*/case.json"):
        stack = json.loads(path.read_text())["conditions"]["stack"]
        assert stack["version"] == f"xllamacpp {version('xllamacpp')}", "as the process that serves says"


@pytest.mark.lasting
def test_our_records_agree_with_what_the_server_says(live_case: pytest.Pytester) -> None:
    live_case.runpytest_subprocess("-p", "no:cacheprovider", "-k", "closed:3").assert_outcomes(passed=1)
    whole = [row for row in rows_of(live_case.path) if row["status"] == "ok"]
    assert len(whole) >= 12
    apart = []
    for row in whole:
        timings = json.loads(str(row["server_timings"]))
        assert row["output_tokens"] == timings["predicted_n"]
        chunks = row["chunk_ns"]
        assert isinstance(chunks, list)
        apart.append(abs((chunks[-1] - chunks[0]) / 1e6 - timings["predicted_ms"]))
        assert row["counted_output_tokens"] == row["output_tokens"]
    # a first token may wait for the batch that another user's prompt is in, but not most of them
    assert median(apart) < 30


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_sigkill_leaves_no_server_and_keeps_what_was_complete(live_case: pytest.Pytester) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "closed:3"]
    with subprocess.Popen(command, cwd=live_case.path, stdout=subprocess.DEVNULL, start_new_session=True) as session:
        assert eventually(lambda: any(sum(1 for _ in read_spool(spool)) >= 3 for spool in spools(live_case.path)))
        pids = servers_below(live_case.path)
        assert len(pids) == 1
        session.send_signal(signal.SIGKILL)
    assert eventually(lambda: not any(map(alive, pids)))
    (spool,) = spools(live_case.path)
    kept = list(read_spool(spool))
    assert len(kept) >= 3
    assert all(b"[DONE]" in exchange.recording.data for exchange in kept if exchange.recording.end == "complete")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("stage", ["provisioning", "measuring"])
def test_a_signal_stops_the_server_at_every_stage(
    live_case: pytest.Pytester, number: signal.Signals, stage: str
) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    begun: dict[str, Callable[[], object]] = {
        "provisioning": lambda: servers_below(live_case.path),
        "measuring": lambda: spools(live_case.path),
    }
    with subprocess.Popen(command, cwd=live_case.path, stdout=subprocess.PIPE, text=True) as session:
        assert eventually(lambda: bool(begun[stage]()))
        pids = servers_below(live_case.path)
        session.send_signal(number)
        session.communicate(timeout=60)
    assert len(pids) == 1
    assert eventually(lambda: not any(map(alive, pids)))
    assert session.returncode == (pytest.ExitCode.INTERRUPTED if number == signal.SIGINT else -signal.SIGTERM)


@pytest.mark.lasting
def test_the_server_has_a_core_to_itself(live_case: pytest.Pytester) -> None:
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs two cores to give one away")
    log = live_case.path / "affinity"
    live_case.makeconftest(
        f"""
        import os, pathlib, re

        def pytest_runtest_call(item):
            tasks = [p for p in pathlib.Path("/proc").glob("[0-9]*/cmdline") if b"llamacpp_server" in p.read_bytes()]
            mine = [p for p in tasks if b"supervise" not in p.read_bytes()]
            cores = [sorted(os.sched_getaffinity(int(p.parent.name))) for p in mine]
            pathlib.Path({str(log)!r}).write_text(repr(cores))
        """
    )
    live_case.runpytest_subprocess("-p", "no:cacheprovider", "-k", "closed:1").assert_outcomes(passed=1)
    assert re.fullmatch(r"\[\[\d+\]\]", log.read_text())


def test_a_server_that_dies_in_mid_run_is_an_error_with_its_last_lines(live_case: pytest.Pytester) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "closed:1"]
    with subprocess.Popen(command, cwd=live_case.path, stdout=subprocess.PIPE, text=True) as session:
        assert eventually(lambda: bool(spools(live_case.path)))
        (pid,) = servers_below(live_case.path)
        os.kill(pid, signal.SIGKILL)
        output, _ = session.communicate(timeout=60)
    assert session.returncode == pytest.ExitCode.TESTS_FAILED
    assert "the server ended with status 137 in the middle of the run" in output
    assert "    | " in output
    assert "1 error" in output


@pytest.mark.lasting
@pytest.mark.parametrize("dialect", ["openai-chat-whole", "openai-completions", "openai-completions-whole"])
def test_every_openai_dialect_is_understood(live_case: pytest.Pytester, dialect: str) -> None:
    live_case.makepyfile(
        f"""
        import pytest
        from pytest_fmbench import Deployment, closed, synthetic

        @pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", options={{"dialect": {dialect!r}}}))
        @pytest.mark.sla("error_rate <= 0%")
        def test_chat(fmbench, deployment):
            run = fmbench(deployment, synthetic(input_tokens=48, output_tokens=4), closed(2), requests=4, warmup=0)
            assert run.output_tokens.p50 == 4
        """
    )
    live_case.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    whole = [row for row in rows_of(live_case.path) if row["status"] == "ok"]
    assert len(whole) >= 4
    assert {row["output_tokens"] for row in whole} == {4}
    assert {row["counted_output_tokens"] for row in whole} == {4}


@pytest.mark.lasting
def test_synthetic_prompts_and_replies_have_exact_lengths_and_meet_no_cache(live_case: pytest.Pytester) -> None:
    live_case.makepyfile(
        """
        import pytest
        from pytest_fmbench import Deployment, closed, synthetic

        @pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp"))
        @pytest.mark.sla("error_rate <= 0%")
        def test_lengths(fmbench, deployment):
            fmbench(deployment, synthetic(input_tokens=64, output_tokens=8), closed(2), requests=6, warmup=0)
        """
    )
    live_case.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    whole = [row for row in rows_of(live_case.path) if row["status"] == "ok"]
    assert len(whole) >= 6
    assert {(row["input_tokens"], row["output_tokens"]) for row in whole} == {(64, 8)}
    template = min(int(str(row["cached_tokens"])) for row in whole)
    assert all(int(str(row["cached_tokens"])) <= template + 40 for row in whole)


@pytest.mark.lasting
def test_prompts_of_a_trace_have_exact_lengths_and_meet_the_cache_as_their_blocks_say(
    live_case: pytest.Pytester,
) -> None:
    lengths, behind = [540, 560], 16  # tokens that the template puts behind a prompt are in no block
    json_lines(Path("t.jsonl"), [mooncake(nth, length, [0, 10 + nth]) for nth, length in enumerate(lengths)])
    live_case.makepyfile(
        """
        import pytest
        from pytest_fmbench import Deployment, closed, trace

        @pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp"))
        @pytest.mark.sla("error_rate <= 0%")
        def test_lengths(fmbench, deployment):
            fmbench(deployment, trace("t.jsonl", most_output=2), closed(1), requests=1, duration=120, warmup=0)
        """
    )
    live_case.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    first, alike = rows_of(live_case.path)[:2]
    assert [first["input_tokens"], alike["input_tokens"]] == lengths
    assert int(str(first["cached_tokens"])) < 64
    assert 512 - behind <= int(str(alike["cached_tokens"])) <= 512


def test_weights_that_are_cut_off_are_an_error_that_shows_what_the_engine_says(
    live_case: pytest.Pytester, tmp_path: Path
) -> None:
    whole = locate("smollm2-135m", "q4_1", progress=lambda _: None)
    cut = tmp_path / "cut.gguf"
    with whole.open("rb") as weights:
        cut.write_bytes(weights.read(2_000_000))
    live_case.makepyfile(
        f"""
        import pytest
        from pytest_fmbench import Deployment, chat, closed

        @pytest.mark.deployments(Deployment({str(cut)!r}, "llamacpp"))
        def test_chat(fmbench, deployment):
            fmbench(deployment, chat(), closed(1))
        """
    )
    result = live_case.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*before it was ready*", "    | *cut.gguf*"])
