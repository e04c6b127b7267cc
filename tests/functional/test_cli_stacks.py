"""``fmbench stacks``."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.cli import main
from tests.support.fake_runtime import fake_runtime, hide_runtimes

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_runtimes(monkeypatch, tmp_path)


def test_all_are_listed_each_in_a_line(capsys: Output) -> None:
    assert main(["stacks"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["stack", "started", "as", "here", "tested", "dialects", "image"]
    assert [row.split()[0] for row in rows] == [*STACKS]


def test_what_is_installed_or_could_run_here_is_told(
    capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_fmbench.platforms.inventory.has", lambda need, _="": need == "xllamacpp")
    assert main(["stacks"]) == 0
    assert here(capsys) == {"llamacpp": "installed", "vllm": "no"}
    fake_runtime(tmp_path / "fake", monkeypatch, "podman")
    assert main(["stacks"]) == 0
    assert here(capsys) == {"llamacpp": "installed", "vllm": "by podman"}


def here(capsys: Output) -> dict[str, str]:
    head, *rows = capsys.readouterr().out.splitlines()
    begin, end = head.index("here"), head.index("tested")
    return {row.split()[0]: row[begin:end].strip() for row in rows if row.split()[0] in ("llamacpp", "vllm")}


def test_all_that_is_known_of_one_is_told(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_fmbench.platforms.inventory.has", lambda *_: False)
    assert main(["stacks", "vllm"]) == 0
    lines = capsys.readouterr().out.splitlines()
    card = STACKS["vllm"]().card
    assert lines[:4] == [
        "stack      vllm",
        "process    needs vllm: pip install vllm",
        f"container  {card.image}",
        f"tested     {card.tested or 'documents only'}",
    ]
    assert "here       no" in lines
    for name, flag in (*card.knobs.items(), *card.precisions.items(), *card.kv_precisions.items()):
        assert any(line.split()[:1] == [name] and str(flag) in line for line in lines), name
    for name, series in card.metrics.items():
        assert any(line.split()[:2] == [name, series] for line in lines)
    for address in card.documents:
        assert f"  {address}" in lines
    assert any(line.split() == ["version", "/version", "version"] for line in lines)


@pytest.mark.parametrize("stack", STACKS)
def test_each_can_be_told(stack: str, capsys: Output) -> None:
    assert main(["stacks", stack]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["stack", stack]


def test_an_unknown_one_lists_the_known(capsys: Output) -> None:
    assert main(["stacks", "vlm"]) == 2
    assert capsys.readouterr().err.startswith("fmbench: unknown stack 'vlm', did you mean 'vllm'? Known: ")


def test_where_a_page_of_metrics_is_told_with_its_port(capsys: Output) -> None:
    assert main(["stacks", "triton_vllm"]) == 0
    assert "metrics, at /metrics (triton-generate at port 8002):" in capsys.readouterr().out.splitlines()
