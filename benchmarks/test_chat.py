"""A chat assistant: short questions, short answers."""

import pytest

from pytest_fmbench import chat, closed


@pytest.mark.parametrize("load", [closed(1), closed(4)], ids=str)
@pytest.mark.sla("ttft.mean < 4s", "itl.p95 < 500ms", "error_rate <= 0%")
def test_chat(fmbench, deployment, load):
    """A reply begins soon and reads fluently, alone and in company."""
    run = fmbench(deployment, chat(output_tokens=24), load)
    assert run.output_tokens.mean > 8
