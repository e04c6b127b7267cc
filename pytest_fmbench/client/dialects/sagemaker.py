"""SageMaker's InvokeEndpointWithResponseStream and InvokeEndpoint around what the container behind it speaks.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html; the base
URL is the runtime's with ``/endpoints/NAME``. The container's own stream comes in parts, which may cut it anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.client.dialects.base import Call, Dialect, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.frames import read_parts
from pytest_fmbench.client.dialects.hearing import hear_parts
from pytest_fmbench.client.dialects.hf_inputs import HfInputs, HfInputsWhole
from pytest_fmbench.client.dialects.kserve_v2 import KServeV2
from pytest_fmbench.client.dialects.openai import hear_choices, take_of
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat, OpenAIChatWhole, kind_of_delta
from pytest_fmbench.client.dialects.reading import read_lines_or_events
from pytest_fmbench.client.dialects.triton_generate import TritonGenerate, TritonGenerateWhole
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Answer

_PART = "PayloadPart"


class Streamed:
    """``POST /invocations-response-stream``: the body that ``inner`` asks, and its stream in parts."""

    name: str
    inner: Dialect

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        return Call("/invocations-response-stream", self.inner.call(prompt, model, fields).body)

    def read(self, body: Body) -> Reply:
        """The reply in the parts of an event stream."""
        return read_parts(body, _PART, self.read_inner)

    def read_inner(self, body: Body) -> Reply:
        """The reply in what the container wrote."""
        return self.inner.read(body)


class Whole:
    """``POST /invocations``: the reply comes as the container wrote it, in one piece, so ttft is e2e."""

    name: str
    inner: Dialect

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        return Call("/invocations", self.inner.call(prompt, model, fields).body)

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return self.inner.read(body)


class SageMakerMessages(Streamed):
    """A container that speaks OpenAI's chat, in events or in lines of JSON."""

    name, inner = "sagemaker-messages", OpenAIChat()

    def read_inner(self, body: Body) -> Reply:
        """As :class:`Streamed` says."""
        return read_lines_or_events(body, _take_choices)

    def answer(self, body: Body) -> Answer:
        """What it says."""
        return hear_parts(body, _PART, hear_choices)


class SageMakerMessagesWhole(Whole):
    """The same, in one document."""

    name, inner = "sagemaker-messages-whole", OpenAIChatWhole()

    def answer(self, body: Body) -> Answer:
        """What it says."""
        return OpenAIChatWhole().answer(body)


class SageMakerInputs(Streamed):
    """A container that takes Hugging Face's ``inputs`` and ``parameters``."""

    name, inner = "sagemaker-inputs", HfInputs()


class SageMakerInputsWhole(Whole):
    """The same, in one document."""

    name, inner = "sagemaker-inputs-whole", HfInputsWhole()


class SageMakerGenerate(Streamed):
    """Triton, told that its ``/invocations`` is its generate extension, streamed."""

    name, inner = "sagemaker-generate", TritonGenerate()


class SageMakerGenerateWhole(Whole):
    """The same, in one document."""

    name, inner = "sagemaker-generate-whole", TritonGenerateWhole()


class SageMakerInfer(Whole):
    """Triton, whose ``/invocations`` is KServe's v2 protocol where it is told nothing else."""

    name, inner = "sagemaker-infer", KServeV2()


_take_choices = take_of(kind_of_delta)
