"""KServe's v2 protocol over gRPC, with the tensors of NVIDIA Triton's models for texts.

https://github.com/triton-inference-server/common/blob/main/protobuf/grpc_service.proto, whose messages are
tritonclient's; https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/decoupled_models.html,
https://github.com/triton-inference-server/tensorrtllm_backend/blob/main/inflight_batcher_llm/client,
https://github.com/triton-inference-server/vllm_backend/blob/main/samples/client.py; the base URL is that of the port
for gRPC. Unlike over HTTP, what a model has no input for is an error, so each backend is asked in a form of its own.

Request fields are more tensors, of one element each: True is BOOL, a whole number INT32, another number FP32, a text
BYTES, and an object BYTES that hold its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, ClassVar, Literal

import numpy as np

from pytest_fmbench.client.dialects import kserve_v2, triton_generate
from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import note_error
from pytest_fmbench.client.dialects.prompts import may_end, text_of
from pytest_fmbench.client.dialects.reading import read_messages
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt

_SERVICE = "/inference.GRPCInferenceService"
_LAST, _TELL_LAST = "triton_final_response", "triton_enable_empty_final_response"
_CONTENTS: Mapping[type, tuple[str, str]] = {
    bool: ("BOOL", "bool_contents"),
    int: ("INT32", "int_contents"),
    float: ("FP32", "fp32_contents"),
    bytes: ("BYTES", "bytes_contents"),
}
"""The datatype of a value that is asked, and where in a tensor it stands."""
_NUMBERS = {
    **{f"INT{bits}": f"<i{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": f"<u{bits // 8}" for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": f"<f{bits // 8}" for bits in (16, 32, 64)},
    "BOOL": "?",
}
"""Datatypes, as numpy calls them, of tensors in raw bytes."""


class _OverGrpc:
    """What the forms have in common.

    :raises UsageError: where tritonclient is not installed.
    """

    name: ClassVar[str]
    over_grpc: Literal[True] = True

    def __init__(self) -> None:
        if find_spec("tritonclient") is None or find_spec("grpc") is None:
            raise UsageError(
                f"the dialect {self.name} needs packages that are not installed: pip install 'pytest-fmbench[grpc]'"
            )


class KServeV2Grpc(_OverGrpc):
    """``ModelInfer``, asked as TensorRT-LLM's ensemble wants it: the reply comes in one piece, so ttft is e2e."""

    name = "kserve-v2-grpc"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; ``fields`` are further tensors."""
        may_end(prompt, "the v2 protocol")
        tensors = {"text_input": text_of(prompt, "prompts of the v2 protocol"), "max_tokens": prompt.max_tokens}
        return Call(f"{_SERVICE}/ModelInfer", _asked(model, {**tensors, **fields}, (1, 1)))

    def read(self, body: Body) -> Reply:
        """The reply in one message."""
        return read_messages(body, _take_whole)


class TritonGrpc(_OverGrpc):
    """``ModelStreamInfer``, asked as TensorRT-LLM's ensemble wants it."""

    name = "triton-grpc"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; ``fields`` are further tensors."""
        may_end(prompt, "TensorRT-LLM's ensemble")
        text = text_of(prompt, "prompts of Triton")
        tensors = {"text_input": text, "max_tokens": prompt.max_tokens, "stream": True}
        return Call(f"{_SERVICE}/ModelStreamInfer", _asked(model, {**tensors, **fields}, (1, 1), streamed=True))

    def read(self, body: Body) -> Reply:
        """The reply in a message for each response of the model."""
        return read_messages(body, _take)


class TritonGrpcVllm(_OverGrpc):
    """``ModelStreamInfer``, asked as vLLM's backend wants it: sampling parameters in one tensor, as JSON."""

    name = "triton-grpc-vllm"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; ``fields`` are further tensors, or parts of one."""
        on = {"ignore_eos": True} if prompt.ignore_eos else {}
        sampling = {"max_tokens": prompt.max_tokens, **on}
        told = dict.fromkeys(("return_finish_reason", "return_num_input_tokens", "return_num_output_tokens"), True)
        tensors = {"text_input": text_of(prompt, "prompts of Triton"), "stream": True, **told, **fields}
        given = fields.get("sampling_parameters", {})
        tensors["sampling_parameters"] = {**sampling, **given} if isinstance(given, Mapping) else given
        return Call(f"{_SERVICE}/ModelStreamInfer", _asked(model, tensors, (1,), streamed=True))

    def read(self, body: Body) -> Reply:
        """The reply in a message for each response of the model."""
        return read_messages(body, _take)


def _asked(model: str, tensors: Mapping[str, object], shape: tuple[int, ...], *, streamed: bool = False) -> bytes:
    """A request.

    :param shape: of each tensor; they hold one element.
    """
    request = _messages().ModelInferRequest(model_name=model)
    for name, value in tensors.items():
        held = _held(name, value)
        datatype, contents = _CONTENTS[type(held)]
        tensor = request.inputs.add(name=name, datatype=datatype, shape=shape)
        getattr(tensor.contents, contents).append(held)
    if streamed:  # else nothing tells whether a stream that ends is whole
        request.parameters[_TELL_LAST].bool_param = True
    return bytes(request.SerializeToString())


def _held(name: str, value: object) -> bool | int | float | bytes:
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, Mapping):
        return json.dumps(value, separators=(",", ":")).encode()
    raise UsageError(f"request field {name}={value!r} is no tensor of one element: give a number, a text or an object")


def _take_whole(reply: Reply, message: bytes, end: int) -> bool:
    tensors = _tensors(_parsed("ModelInferResponse", message))
    kserve_v2.note_tensors(reply, {name: [value] for name, value in tensors}, end)
    return False


def _take(reply: Reply, message: bytes, end: int) -> bool:
    said = _parsed("ModelStreamInferResponse", message)
    note_error(reply, said.error_message)
    response = said.infer_response
    triton_generate.note(reply, dict(_tensors(response)), end)
    reply.ended = reply.ended or (_LAST in response.parameters and response.parameters[_LAST].bool_param)
    return False


def _tensors(response: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # protobuf has no types
    """Name and first element of each tensor of a response that has one of a type that is known."""
    raw = response.raw_output_contents
    for nth, tensor in enumerate(response.outputs):
        if nth < len(raw):
            found = _unpacked(tensor.datatype, raw[nth])
        else:
            found = [_text(values[0]) for _, values in tensor.contents.ListFields()]
        if found:
            yield tensor.name, found[0]


def _unpacked(datatype: str, raw: bytes) -> list[Any]:
    """The first of elements in raw bytes; those of BYTES have their length before them, in four bytes."""
    if datatype == "BYTES":
        return [_text(raw[4 : 4 + int.from_bytes(raw[:4], "little")])] if raw else []
    known = _NUMBERS.get(datatype)
    return list(np.frombuffer(raw, known)[:1].tolist()) if known else []


def _text(element: object) -> object:
    return element.decode("utf-8", "replace") if isinstance(element, bytes) else element


def _parsed(kind: str, message: bytes) -> Any:  # noqa: ANN401  # protobuf has no types
    """A message of that kind.

    :raises ValueError: when it is none.
    """
    from google.protobuf.message import DecodeError

    try:
        return getattr(_messages(), kind).FromString(message)
    except DecodeError as error:
        raise ValueError(f"no {kind}: {error}") from error


def _messages() -> Any:  # noqa: ANN401  # protobuf has no types
    from tritonclient.grpc import service_pb2

    return service_pb2
