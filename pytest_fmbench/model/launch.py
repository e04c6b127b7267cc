"""What a stack asks of a platform: how its server is started and known to be ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LaunchPlan:
    """A server to start. A stack makes it, a platform carries it out.

    :param command: program and arguments; ``{weights}``, ``{host}`` and ``{port}`` are filled in by the platform.
    :param model: the weights: a pinned name, a path, or a Hugging Face id.
    :param quantization: their precision; None is the model's only or own one.
    :param served_model: the name under which the server answers.
    :param dialect: name of the wire form that it speaks.
    :param request_fields: what every request's JSON carries beside what its dialect asks.
    :param environment: variables added to the platform's own.
    :param cores: cores that it keeps busy and is pinned to where there are more; 0 leaves it alone.
    :param base_path: appended to ``http://host:port`` to make the endpoint's base URL.
    :param ready_path: answers 200 once requests can be served.
    :param ready_timeout_s: how long that may take, in seconds.
    :param version_mark: what the server writes into its log right before its version; empty where it writes none.
    """

    command: tuple[str, ...]
    model: str
    quantization: str | None
    served_model: str
    dialect: str
    request_fields: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    cores: int = 0
    base_path: str = "/v1"
    ready_path: str = "/health"
    ready_timeout_s: float = 120.0
    version_mark: str = ""
