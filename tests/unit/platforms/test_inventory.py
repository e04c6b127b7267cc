from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_fmbench.platforms.inventory import (
    NEURON,
    NVIDIA,
    Accelerators,
    accelerators,
    container_runtime,
    has,
    versions_of,
)
from tests.support.fake_runtime import fake_runtime, hide_runtimes


@pytest.mark.parametrize(
    ("need", "here"),
    [("", True), ("json", True), ("no_such_module", False), ("no_such_package.module", False), ("json.decoder", True)],
)
def test_a_module_is_here_or_not(need: str, here: bool) -> None:
    assert has(need) is here


@pytest.mark.parametrize("python", ["", sys.executable])
def test_versions_are_those_of_what_is_installed(python: str) -> None:
    assert versions_of(("no-such-distribution", "pytest"), python) == {"pytest": pytest.__version__}
    assert versions_of((), python) == {}
    assert versions_of(("pytest",), "no-such-python") == {}


def test_a_program_is_looked_for_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_runtimes(monkeypatch, tmp_path)
    assert not has("/serve")
    (tmp_path / "serve").touch(0o755)
    assert has("/serve")


def machine(root: Path, gpus: int = 0, neuron: tuple[int, ...] = ()) -> Path:
    for nth in range(gpus):
        (root / f"proc/driver/nvidia/gpus/0000:{nth:02x}:00.0").mkdir(parents=True)
    (root / "dev").mkdir(parents=True, exist_ok=True)
    for name in (*(f"neuron{nth}" for nth in neuron), "neuron_shared", "null"):
        (root / "dev" / name).touch()
    return root


@pytest.mark.parametrize(
    ("gpus", "chosen", "names"),
    [
        (3, None, ("0", "1", "2")),
        (3, "2,0", ("2", "0")),
        (3, "GPU-8932f937, GPU-a1", ("GPU-8932f937", "GPU-a1")),
        (3, "1,-1,2", ("1",)),
        (3, "", ()),
    ],
)
def test_gpus_are_those_that_are_left_to_us(
    tmp_path: Path, gpus: int, chosen: str | None, names: tuple[str, ...]
) -> None:
    variables = {} if chosen is None else {"CUDA_VISIBLE_DEVICES": chosen}
    assert accelerators(machine(tmp_path, gpus), variables) == Accelerators(NVIDIA, names)


def test_gpus_whose_driver_lists_none_are_counted_by_their_files(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (machine(tmp_path) / "dev" / name).touch()
    assert accelerators(tmp_path, {}) == Accelerators(NVIDIA, ("0", "1"))


def test_neuron_devices_are_counted_by_their_files(tmp_path: Path) -> None:
    assert accelerators(machine(tmp_path, neuron=(10, 0, 2)), {}) == Accelerators(NEURON, ("0", "2", "10"))


def test_a_machine_without_any_has_none(tmp_path: Path) -> None:
    assert accelerators(tmp_path, {"CUDA_VISIBLE_DEVICES": "0"}) == Accelerators()


def test_the_first_runtime_that_answers_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = fake_runtime(tmp_path / "docker", monkeypatch)
    fake_runtime(tmp_path / "podman", monkeypatch, "podman")
    hide_runtimes(monkeypatch, *(tmp_path / name / "programs" for name in ("podman", "docker")))
    assert container_runtime() == ("docker", "")
    docker.becomes("deaf")
    assert container_runtime() == ("podman", "")


def test_why_there_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = fake_runtime(tmp_path, monkeypatch)
    docker.becomes("deaf")
    assert container_runtime() == ("", "docker does not answer: Cannot connect to the daemon. Is it running?")
    hide_runtimes(monkeypatch, tmp_path)
    assert container_runtime() == ("", "there is no docker, podman or nerdctl on the path")


def test_another_python_is_asked_itself(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    assert has("json.decoder", str(link))
    assert not has("no_such_module.at_all", str(link))
    assert not has("json", str(tmp_path / "none"))
