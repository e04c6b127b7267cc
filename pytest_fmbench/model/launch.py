"""What a stack asks of a platform: how its server is started and known to be ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Container:
    """The same server as a container.

    :param image: reference with its tag; the digest that it stands for is recorded before it is run.
    :param arguments: after the image; ``{weights}``, ``{files}``, ``{host}`` and ``{port}`` are filled in by the
        platform, here and in the environment, and so is ``{metrics_port}``.
    :param environment: variables of the container.
    :param entrypoint: instead of the image's own; empty leaves that.
    :param port: that it listens on inside.
    :param metrics_port: that its page of metrics is at inside, where that is another one; 0 where it is not.
    :param cache: folder inside where it keeps what it downloads; empty where it keeps nothing.
    :param shared_memory: it needs the host's, as its processes talk through that.
    """

    image: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    port: int = 8000
    metrics_port: int = 0
    cache: str = ""
    shared_memory: bool = True


@dataclass(frozen=True)
class LaunchPlan:
    """A server to start. A stack makes it, a platform carries it out.

    :param command: program and arguments; ``{weights}``, ``{files}``, ``{host}`` and ``{port}`` are filled in by the
        platform, here and in the environment. Empty where there is only a container.
    :param model: the weights: a pinned name, a path, or a Hugging Face id. The platform fetches them where
        ``{weights}`` occurs; else the server does.
    :param quantization: their precision; None is the model's only or own one.
    :param served_model: the name under which the server answers; ``{weights}`` is filled in there too, as the
        server sees it, and ``{weights.name}`` is the last part of that.
    :param dialect: name of the wire form that it speaks.
    :param request_fields: what every request's JSON carries beside what its dialect asks.
    :param environment: variables added to the platform's own.
    :param needs: Python module, or program on the path (with a slash before it), that the command needs.
    :param install: how to get that, as a command.
    :param python: that has to have the module; empty is ours, and has to be.
    :param packages: installed there, whose versions are facts of the server: the first is its own.
    :param container: the server as a container; None where there is no image.
    :param paths: what arguments name beside the model, such as adapters: those that are paths of this machine, a
        container sees too.
    :param files: texts by relative path, which the platform writes into a folder of the run; its path is ``{files}``.
    :param accelerators: devices that it takes; 0 computes on the CPU.
    :param cores: cores that it keeps busy and is pinned to where there are more; 0 leaves it alone.
    :param base_path: appended to ``http://host:port`` to make the endpoint's base URL.
    :param metrics_path: of its page of metrics, where that has a port of its own: ``{metrics_port}``, filled in too.
    :param ready_path: answers 200 once requests can be served.
    :param ready_timeout_s: how long that may take, in seconds.
    :param version_mark: what the server writes into its log right before its version; empty where it writes none.
    :param facts: what it says of itself: name, such as ``version``, to the path and the dotted key that answer it.
    """

    command: tuple[str, ...]
    model: str
    quantization: str | None
    served_model: str
    dialect: str
    request_fields: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""
    install: str = ""
    python: str = ""
    packages: tuple[str, ...] = ()
    container: Container | None = None
    paths: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    accelerators: int = 0
    cores: int = 0
    base_path: str = "/v1"
    metrics_path: str = ""
    ready_path: str = "/health"
    ready_timeout_s: float = 120.0
    version_mark: str = ""
    facts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
