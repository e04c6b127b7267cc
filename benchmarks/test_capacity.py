"""How many strangers a chat assistant serves: ``pytest benchmarks/ -m capacity -k llama``, some six minutes."""

import pytest

from pytest_fmbench import chat


@pytest.mark.capacity
@pytest.mark.sla("ttft.mean < 500ms", "error_rate <= 0%")
def test_chat_capacity(fmbench, deployment):
    """The largest rate at which a reply begins soon, within a quarter."""
    found = fmbench.capacity(deployment, chat(output_tokens=4), duration=360, precision=0.2)
    assert float(found.rate) > 0
