"""What is asked over gRPC: tensors, their types and shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_fmbench.client.dialects import kserve_grpc
from pytest_fmbench.client.dialects.kserve_grpc import KServeV2Grpc, TritonGrpc, TritonGrpcVllm
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from tests.support.dialects import ABSENT
from tests.support.dialects.triton_grpc import asked_tensors
from tests.support.protobuf import fields, packed

needs_it = pytest.mark.skipif("triton-grpc" in ABSENT, reason=ABSENT.get("triton-grpc", ""))
PROMPT = Prompt((Message("user", "a"),), max_tokens=3)


def shapes(request: bytes) -> dict[str, tuple[str, list[int]]]:
    """Of each tensor, its datatype and shape."""
    tensors: list[dict[int, Any]] = [dict(fields(value)) for number, value in fields(request) if number == 5]  # type: ignore[arg-type]  # tensors are bytes
    return {one[1].decode(): (one[2].decode(), packed(one[3])) for one in tensors}


@needs_it
def test_a_batch_of_one_has_two_dimensions() -> None:
    assert shapes(TritonGrpc().call(PROMPT, "m", {"temperature": 0.5, "end_id": 2, "stop_words": "."}).body) == {
        "text_input": ("BYTES", [1, 1]),
        "max_tokens": ("INT32", [1, 1]),
        "stream": ("BOOL", [1, 1]),
        "temperature": ("FP32", [1, 1]),
        "end_id": ("INT32", [1, 1]),
        "stop_words": ("BYTES", [1, 1]),
    }


@needs_it
def test_vllm_batches_by_itself_and_has_its_sampling_parameters_in_one_tensor() -> None:
    asked = TritonGrpcVllm().call(
        Prompt(PROMPT.messages, 3, ignore_eos=True), "m", {"sampling_parameters": {"temperature": 0}}
    )
    found = shapes(asked.body)
    assert all(shape == [1] for _, shape in found.values())
    assert found["sampling_parameters"][0] == "BYTES"
    told = json.loads(asked_tensors(asked.body)["sampling_parameters"])
    assert told == {"max_tokens": 3, "ignore_eos": True, "temperature": 0}


@needs_it
@pytest.mark.parametrize("streamed", [True, False])
def test_a_stream_is_asked_to_say_which_response_is_the_last(streamed: bool) -> None:
    body = (TritonGrpc() if streamed else KServeV2Grpc()).call(PROMPT, "m", {}).body
    assert (b"triton_enable_empty_final_response" in body) is streamed


@needs_it
def test_what_is_no_tensor_of_one_element_is_refused() -> None:
    with pytest.raises(UsageError, match=r"request field stop=\['a'\] is no tensor of one element: give a number"):
        TritonGrpc().call(PROMPT, "m", {"stop": ["a"]})


@pytest.mark.parametrize("kind", [KServeV2Grpc, TritonGrpc, TritonGrpcVllm])
def test_without_its_packages_it_says_how_to_get_them(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kserve_grpc, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"not installed: pip install 'pytest-fmbench\[grpc\]'"):
        kind()
