"""Hugging Face's ``inputs`` and ``parameters``, as handlers of SageMaker's containers take them, streamed or whole.

https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/lmi_input_output_schema.html; the containers listen
at ``/invocations`` (https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html), so the base
URL is the server's root. The model's name is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.hf_tokens import take_token, take_whole
from pytest_fmbench.client.dialects.prompts import encoded, text_of
from pytest_fmbench.client.dialects.reading import read_document, read_lines_or_events
from pytest_fmbench.model.prompt import Prompt

_PATH = "/invocations"


class HfInputs:
    """``POST /invocations`` with ``stream``: lines of JSON, or events, as the container is set up."""

    name = "hf-inputs"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:  # noqa: ARG002  # serves one
        """The request that asks ``prompt``; its JSON carries ``fields`` too."""
        return Call(_PATH, encoded({**_asked(prompt), "stream": True}, fields))

    def read(self, body: Body) -> Reply:
        """The reply in a stream."""
        return read_lines_or_events(body, take_token)


class HfInputsWhole:
    """``POST /invocations``: the reply comes in one piece, so ttft is e2e."""

    name = "hf-inputs-whole"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:  # noqa: ARG002  # serves one
        """The request that asks ``prompt``; its JSON carries ``fields`` too."""
        return Call(_PATH, encoded(_asked(prompt), fields))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_document(body, take_whole)


def _asked(prompt: Prompt) -> dict[str, object]:
    parameters: dict[str, object] = {
        "max_new_tokens": prompt.max_tokens,
        "details": True,
        "return_full_text": False,
    }
    if prompt.ignore_eos:
        parameters["ignore_eos_token"] = True  # of the containers with vLLM
    return {"inputs": text_of(prompt, "inputs"), "parameters": parameters}
