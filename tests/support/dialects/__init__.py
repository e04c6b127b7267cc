"""What every dialect must ask and understand, one family of stacks a file."""

from __future__ import annotations

from tests.support.dialects import amazon, anthropic, hf, llamacpp, ollama, openai, responses, triton
from tests.support.dialects.base import Spoken

SPOKEN: dict[str, Spoken] = {
    **openai.SPOKEN,
    **responses.SPOKEN,
    **anthropic.SPOKEN,
    **hf.SPOKEN,
    **triton.SPOKEN,
    **ollama.SPOKEN,
    **llamacpp.SPOKEN,
    **amazon.SPOKEN,
}
