"""A chat assistant: short questions, short answers."""

import pytest

from pytest_fmbench import chat, closed, poisson

QUESTIONS = chat(output_tokens=24)


@pytest.mark.parametrize("load", [closed(1), closed(4)], ids=str)
@pytest.mark.sla("ttft.mean < 4s", "tpot.mean < 500ms", "error_rate <= 0%")
def test_chat(fmbench, deployment, load):
    """A reply begins soon and reads fluently, alone and in company."""
    run = fmbench(deployment, QUESTIONS, load)
    assert run.output_tokens.mean > 8


@pytest.mark.sla("ttft.mean < 4s", "error_rate <= 0%")
def test_chat_poisson(fmbench, deployment):
    """So it does for strangers, who come when they like, at half of the rate that four users reach."""
    reached = fmbench(deployment, QUESTIONS, closed(4), duration=10, judged=False, name="what four users reach")
    run = fmbench(deployment, QUESTIONS, poisson(reached.request_rate / 2))
    assert run.output_tokens.mean > 8
