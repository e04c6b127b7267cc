from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.model.launch import Container
from pytest_fmbench.platforms.containers import Lent, new_name, of_client, remove_line, run_line, variables_of
from pytest_fmbench.platforms.inventory import NEURON, NVIDIA, Accelerators

PLAIN = Container("org/image:1", ("--port", "{port}", "--host={host}"), shared_memory=False)


def line(container: Container = PLAIN, lent: Lent | None = None, runtime: str = "docker") -> list[str]:
    return run_line(runtime, "fmbench-1", container, lent or Lent(5000))


def between(words: list[str]) -> list[str]:
    """What depends on the container, of a line that begins and ends as the plain one does."""
    return words[7 : words.index("org/image:1")]


def test_a_plain_container_is_seen_on_the_loopback_interface_only() -> None:
    assert line() == [
        *("docker", "run", "--rm", "--pull=never", "--name=fmbench-1", "--label=pytest-fmbench"),
        "--publish=127.0.0.1:5000:8000",
        *("org/image:1", "--port", "8000", "--host=0.0.0.0"),
    ]


def test_a_page_of_metrics_is_seen_there_too_where_it_has_a_port_of_its_own() -> None:
    container = Container("org/image:1", ("--metrics", "{metrics_port}"), metrics_port=8002, shared_memory=False)
    words = line(container, Lent(5000, metrics_port=5001))
    assert between(words) == ["--publish=127.0.0.1:5001:8002"]
    assert words[-2:] == ["--metrics", "8002"]


@pytest.mark.parametrize(
    ("runtime", "kind", "expected"),
    [
        ("docker", NVIDIA, ['--gpus="device=2,3"']),
        ("nerdctl", NVIDIA, ['--gpus="device=2,3"']),
        ("podman", NVIDIA, ["--device=nvidia.com/gpu=2", "--device=nvidia.com/gpu=3", "--security-opt=label=disable"]),
        ("docker", NEURON, ["--device=/dev/neuron2", "--device=/dev/neuron3"]),
        ("docker", "", []),
    ],
)
def test_devices_are_named_as_each_runtime_knows_them(runtime: str, kind: str, expected: list[str]) -> None:
    lent = Lent(5000, Accelerators(kind, ("2", "3") if kind else ()))
    assert between(line(lent=lent, runtime=runtime)) == expected


def test_what_is_lent_is_mounted_and_only_the_cache_can_be_written(tmp_path: Path) -> None:
    kept = tmp_path / "blob"
    kept.touch()
    weights = tmp_path / "m.gguf"
    weights.symlink_to(kept)
    container = Container(
        "org/image:1",
        ("{weights}", "--config={files}/a.yaml", str(tmp_path)),
        {"AT": "{files}:{port}"},
        cache="/root/c",
    )
    lent = Lent(5000, cores=(2, 3), weights=weights, model=str(tmp_path), files=tmp_path / "f", cache=tmp_path / "c")
    variables = variables_of(container, lent, {})
    words = run_line("docker", "fmbench-1", container, lent, variables)
    assert between(words) == [
        f"--mount=type=bind,source={kept},target=/fmbench/weights/m.gguf,readonly",
        f"--mount=type=bind,source={tmp_path},target=/fmbench/model/{tmp_path.name},readonly",
        f"--mount=type=bind,source={tmp_path / 'f'},target=/fmbench/files,readonly",
        f"--mount=type=bind,source={tmp_path / 'c'},target=/root/c",
        "--cpuset-cpus=2,3",
        "--ipc=host",
        "--env=AT",
    ]
    model = f"/fmbench/model/{tmp_path.name}"
    assert words[words.index("org/image:1") + 1 :] == [
        "/fmbench/weights/m.gguf",
        "--config=/fmbench/files/a.yaml",
        model,
    ]
    assert variables == {"AT": "/fmbench/files:8000"}


def test_an_entry_of_several_words_keeps_its_order() -> None:
    words = line(Container("org/image:1", ("--x",), entrypoint=("python3", "-m", "serve"), shared_memory=False))
    assert words[-5:] == ["--entrypoint=python3", "org/image:1", "-m", "serve", "--x"]


def test_no_value_is_on_the_line_but_what_would_mislead_the_client() -> None:
    container = Container("org/image:1", environment={"OWN": "hunter2", "LD_LIBRARY_PATH": "/x"}, shared_memory=False)
    ours = {"HF_TOKEN": "hunter3", "AWS_SECRET_ACCESS_KEY": "hunter4", "OWN": "hunter5"}
    variables = variables_of(container, Lent(1), ours)
    assert variables == {"HF_TOKEN": "hunter3", "OWN": "hunter2", "LD_LIBRARY_PATH": "/x"}
    assert of_client(variables) == {"HF_TOKEN": "hunter3", "OWN": "hunter2"}
    words = run_line("docker", "fmbench-1", container, Lent(1), variables)
    assert between(words) == ["--env=HF_TOKEN", "--env=OWN", "--env=LD_LIBRARY_PATH=/x"]


def test_it_is_removed_by_a_name_that_no_other_has() -> None:
    assert remove_line("docker", "fmbench-1") == ["docker", "rm", "--force", "fmbench-1"]
    assert remove_line("podman", "fmbench-1") == ["podman", "rm", "--force", "--time=0", "fmbench-1"]
    assert len({new_name() for _ in range(100)}) == 100


def test_other_paths_that_arguments_name_are_seen_inside_whatever_stands_around_them(tmp_path: Path) -> None:
    for name in ("one/sql", "two/sql", "draft"):
        (tmp_path / name).mkdir(parents=True)
    one, two, draft = (str(tmp_path / name) for name in ("one/sql", "two/sql", "draft"))
    container = Container(
        "org/image:1",
        (f"a={one},b={two}", f'{{"model": "{draft}"}}', f"c={one}-other", f"{one}/inside", "sql=org/adapter"),
        shared_memory=False,
    )
    words = line(container, Lent(5000, paths=(one, two, draft)))
    inside = "/fmbench/paths/0/sql", "/fmbench/paths/1/sql", "/fmbench/paths/2/draft"
    assert between(words) == [
        f"--mount=type=bind,source={path},target={seen},readonly"
        for path, seen in zip((one, two, draft), inside, strict=True)
    ]
    assert words[words.index("org/image:1") + 1 :] == [
        f"a={inside[0]},b={inside[1]}",
        f'{{"model": "{inside[2]}"}}',
        *(f"c={one}-other", f"{one}/inside", "sql=org/adapter"),
    ]
