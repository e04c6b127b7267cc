"""A gRPC server with Triton's two methods that infer, after ``grpc_service.proto``: real calls, scripted replies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.dialects.triton_grpc import stream_response

Step = bytes | float | tuple[str, str]
"""A message; seconds to wait; or a status and its details, with which the call ends."""

Script = Callable[[bytes], Iterable[Step]]
"""What answers a request."""


@dataclass(frozen=True)
class Asked:
    method: str
    metadata: dict[str, str]
    message: bytes


@dataclass
class Triton:
    """A server that runs.

    :ivar asked: every call that came.
    :ivar peers: from where, one a connection.
    """

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    peers: set[str] = field(default_factory=set)
    server: Any = None

    def stop(self) -> None:
        """End whatever is under way."""
        self.server.stop(None).wait()


def words(count: int, gap_s: float = 0.0) -> list[Step]:
    """A reply of so many words, as TensorRT-LLM's ensemble gives it."""
    said: list[Step] = []
    for nth in range(count):
        said += [gap_s] * (nth > 0) + [stream_response(("text_output", "BYTES", f" w{nth}"), last=nth == count - 1)]
    return said


@contextmanager
def triton(script: Script, credentials: Any = None) -> Iterator[Triton]:
    """A server of the loopback interface; with ``credentials`` it speaks TLS."""
    import grpc

    found = Triton()

    def answered(method: str, request: bytes, context: Any) -> Iterator[bytes]:
        found.asked.append(Asked(method, {one.key: one.value for one in context.invocation_metadata()}, request))
        found.peers.add(context.peer())
        for step in script(request):
            if isinstance(step, bytes):
                yield step
            elif isinstance(step, float):
                time.sleep(step)
            else:
                context.abort(grpc.StatusCode[step[0]], step[1])

    def stream(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        for request in requests:
            yield from answered("ModelStreamInfer", request, context)

    def infer(request: bytes, context: Any) -> bytes:
        return next(answered("ModelInfer", request, context))

    handlers = {
        "ModelStreamInfer": grpc.stream_stream_rpc_method_handler(stream),
        "ModelInfer": grpc.unary_unary_rpc_method_handler(infer),
    }
    found.server = grpc.server(ThreadPoolExecutor(8))
    found.server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("inference.GRPCInferenceService", handlers),)
    )
    if credentials is None:
        found.url = f"http://127.0.0.1:{found.server.add_insecure_port('127.0.0.1:0')}"
    else:
        found.url = f"https://127.0.0.1:{found.server.add_secure_port('127.0.0.1:0', credentials)}"
    found.server.start()
    try:
        yield found
    finally:
        found.stop()
