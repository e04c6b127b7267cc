"""Text Generation Inference's own form, streamed: one token an event.

https://huggingface.co/docs/text-generation-inference/reference/api_reference; the base URL is the server's root. It
wants the details, which tell the reason and the counts. Its own times stand in headers, and only of replies that are
not streamed.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.hf_tokens import take_token
from pytest_fmbench.client.dialects.prompts import encoded, may_end, text_of
from pytest_fmbench.client.dialects.reading import read_events
from pytest_fmbench.model.prompt import Prompt


class TgiGenerate:
    """``POST /generate_stream``; no chat template is applied, and the model's name is not asked."""

    name = "tgi-generate"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:  # noqa: ARG002  # serves one
        """The request that asks ``prompt``; its JSON carries ``fields`` too."""
        may_end(prompt, "TGI")
        parameters = {"max_new_tokens": prompt.max_tokens, "details": True}
        body = {"inputs": text_of(prompt, "prompts of TGI"), "parameters": parameters}
        return Call("/generate_stream", encoded(body, fields))

    def read(self, body: Body) -> Reply:
        """The reply in an event stream."""
        return read_events(body, take_token)
