"""What serves models on Amazon Bedrock, of which nobody outside knows more than this name."""

from __future__ import annotations

from pytest_fmbench.errors import UnknownName, UsageError
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
_OPTIONS = ("dialect",)


class Bedrock:
    """Plans nothing, as all is served already."""

    card = CARD

    def plan(self, deployment: Deployment) -> None:
        """There is nothing to start.

        :raises UsageError: where it is to be started somewhere, or for an option.
        """
        if deployment.platform != "bedrock":
            raise UsageError(
                f"{deployment.id}: models of Bedrock are served there and nowhere else: the instance is 'bedrock' or "
                "'bedrock:REGION'"
            )
        for name in deployment.options:
            if name not in _OPTIONS:
                raise UnknownName("option of bedrock", name, _OPTIONS)
