"""What serves models on Amazon Bedrock, of which nobody outside knows more than this name."""

from __future__ import annotations

from typing import NoReturn

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.stacks.card import Card

CARD = Card(
    name="bedrock",
    documents=(
        "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html",
    ),
    dialects=(
        "bedrock-converse",
        "bedrock-converse-whole",
        "bedrock-invoke-anthropic",
        "bedrock-invoke-openai",
        "bedrock-invoke-nova",
        "bedrock-invoke-llama",
        "bedrock-invoke-mistral",
        "bedrock-invoke-titan",
    ),
    started=False,
    own_flags=False,
)


class Bedrock:
    """A name for it, as every deployment has a stack."""

    card = CARD

    def plan(self, deployment: Deployment) -> NoReturn:
        """There is nothing to start.

        :raises UsageError: always, with the way out.
        """
        raise UsageError(
            f"{deployment.id}: models of Bedrock are served there and nowhere else: the instance is 'bedrock' or "
            "'bedrock:REGION'"
        )
