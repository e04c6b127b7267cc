"""Command lines of container runtimes. Pure.

Source: https://docs.docker.com/reference/cli/docker/container/run/,
https://docs.podman.io/en/latest/markdown/podman-run.1.html,
https://github.com/containerd/nerdctl/blob/main/docs/command-reference.md, whose options are alike but for devices.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pytest_fmbench.model.launch import Container
from pytest_fmbench.platforms.filling import filled, filled_values, places_for
from pytest_fmbench.platforms.inventory import NEURON, NONE, NVIDIA, Accelerators

LABEL = "pytest-fmbench"
"""By which our containers can be found."""

PASSED_ON = (
    *("HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE", "NGC_API_KEY"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)
"""Variables of ours that a container gets too, where they are set: what is needed to fetch a model."""

_INSIDE = "/fmbench"
_OF_A_PATH = r"[\w./-]"
_OF_THE_CLIENT = re.compile(r"PATH|HOME|TMPDIR|(LD|DOCKER|CONTAINERS?|NERDCTL|XDG)_\w+")
"""Variables that change how a runtime's own client works: it cannot be given them to hand on."""


@dataclass(frozen=True)
class Lent:
    """What a host lends to one container.

    :param port: of the host.
    :param metrics_port: likewise, for the page of metrics; 0 where that has no port of its own.
    :param accelerators: devices; those of no kind are none.
    :param cores: to keep to; empty is any.
    :param weights: that ``{weights}`` stands for.
    :param model: a path of the host that arguments name, as they do; empty where they name none.
    :param paths: others that stand in arguments, as they do.
    :param files: folder that ``{files}`` stands for.
    :param cache: folder of the host behind the container's own.
    :param address: of the host, at which the port is seen.
    """

    port: int
    accelerators: Accelerators = NONE
    cores: tuple[int, ...] = ()
    weights: Path | None = None
    model: str = ""
    paths: tuple[str, ...] = ()
    files: Path | None = None
    cache: Path | None = None
    address: str = "127.0.0.1"
    metrics_port: int = 0


def new_name() -> str:
    """Of a container; no two are alike."""
    return f"fmbench-{uuid4().hex[:12]}"


def variables_of(container: Container, lent: Lent, ours: Mapping[str, str]) -> dict[str, str]:
    """The container's environment: its own, and what is passed on.

    :param ours: our environment.
    """
    passed = {name: ours[name] for name in PASSED_ON if name in ours}
    return passed | filled_values(container.environment, _places(container, lent))


def of_client(variables: Mapping[str, str]) -> dict[str, str]:
    """Those of them that the runtime's client finds in its environment, and hands on."""
    return {name: value for name, value in variables.items() if not _OF_THE_CLIENT.fullmatch(name)}


def run_line(
    runtime: str, name: str, container: Container, lent: Lent, variables: Mapping[str, str] | None = None
) -> list[str]:
    """Runs ``container`` in the foreground, from an image that is here.

    Everybody can see a command line, so values are not on it: see :func:`of_client`.

    :param variables: as :func:`variables_of` has them.
    """
    first, *rest = container.entrypoint or ("",)
    return [
        *(runtime, "run", "--rm", "--pull=never", f"--name={name}", f"--label={LABEL}"),
        f"--publish={lent.address}:{lent.port}:{container.port}",
        *_page(container, lent),
        *(f"--mount={mount}" for mount in _mounts(container, lent)),
        *_devices(runtime, lent.accelerators),
        *([f"--cpuset-cpus={','.join(map(str, lent.cores))}"] if lent.cores else []),
        *(["--ipc=host"] if container.shared_memory else []),
        # else SELinux, where there is, keeps it from what is mounted
        *(["--security-opt=label=disable"] if runtime == "podman" else []),
        *(f"--env={_told(name, value)}" for name, value in (variables or {}).items()),
        *([f"--entrypoint={first}"] if first else []),
        *(container.image, *rest, *inside(container.arguments, container, lent)),
    ]


def remove_line(runtime: str, name: str) -> list[str]:
    """Ends a container at once, whether its client lives or not."""
    at_once = ["--time=0"] if runtime == "podman" else []  # which would ask it first, and wait for 10 s
    return [runtime, "rm", "--force", *at_once, name]


def _told(name: str, value: str) -> str:
    return f"{name}={value}" if _OF_THE_CLIENT.fullmatch(name) else name


def inside(words: Iterable[str], container: Container, lent: Lent) -> list[str]:
    """Words of a plan as the container is told them: places are filled in, and paths are where they are seen."""
    return [_moved(word, lent) for word in filled(words, _places(container, lent))]


def _places(container: Container, lent: Lent) -> dict[str, str]:
    weights = f"{_INSIDE}/weights/{lent.weights.name}" if lent.weights else ""
    # all addresses of the container, of which only the ports that are ours to ask are published
    host = "0.0.0.0"  # noqa: S104  # see above
    return places_for(weights, f"{_INSIDE}/files", host, container.port, container.metrics_port)


def _moved(word: str, lent: Lent) -> str:
    if lent.model and word == lent.model:
        return _model_inside(lent.model)
    for path, seen in _paths_inside(lent).items():
        word = re.sub(rf"(?<!{_OF_A_PATH}){re.escape(path)}(?!{_OF_A_PATH})", seen.replace("\\", r"\\"), word)
    return word


def _paths_inside(lent: Lent) -> dict[str, str]:
    """Each in a folder of its own, as several may have one name."""
    return {path: f"{_INSIDE}/paths/{nth}/{Path(path).name}" for nth, path in enumerate(lent.paths)}


def _model_inside(model: str) -> str:
    return f"{_INSIDE}/model/{Path(model).name}"


def _page(container: Container, lent: Lent) -> list[str]:
    return [f"--publish=127.0.0.1:{lent.metrics_port}:{container.metrics_port}"] if lent.metrics_port else []


def _mounts(container: Container, lent: Lent) -> Iterator[str]:
    if lent.weights:
        yield _read_only(lent.weights, f"{_INSIDE}/weights/{lent.weights.name}")
    if lent.model:
        yield _read_only(Path(lent.model), _model_inside(lent.model))
    for path, seen in _paths_inside(lent).items():
        yield _read_only(Path(path), seen)
    if lent.files:
        yield _read_only(lent.files, f"{_INSIDE}/files")
    if lent.cache and container.cache:
        yield f"type=bind,source={lent.cache.absolute()},target={container.cache}"


def _read_only(source: Path, target: str) -> str:
    # resolved, as what lies in a cache is often a link out of the folder that is seen inside
    return f"type=bind,source={source.resolve()},target={target},readonly"


def _devices(runtime: str, devices: Accelerators) -> list[str]:
    if devices.kind == NVIDIA and devices.names:
        if runtime == "podman":  # by the names of the Container Device Interface
            return [f"--device=nvidia.com/gpu={name}" for name in devices.names]
        return [f'--gpus="device={",".join(devices.names)}"']  # the quotes keep what the comma joins together
    if devices.kind == NEURON:
        return [f"--device=/dev/neuron{name}" for name in devices.names]
    return []
