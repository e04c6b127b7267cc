"""Any server with OpenAI's routes that somebody else started: what ``--fmbench-url`` alone is taken for."""

from __future__ import annotations

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.stacks.card import OPENAI, Card

CARD = Card(
    name="openai",
    documents=("https://platform.openai.com/docs/api-reference/chat",),
    tested="whatever answers at a URL, in every run of the tests",
    dialects=(*OPENAI, "openai-responses", "openai-embeddings", "openai-images", "rerank", "json"),
    started=False,
    own_flags=False,
)


_NAMES_ONE = ("sagemaker",)
"""Platforms on which servers may run already, as well as be started."""


class OpenAI:
    """A name for what is not known any better. Of a server that is, its stack's name tells more: metrics, say."""

    card = CARD

    def plan(self, deployment: Deployment) -> LaunchPlan:
        """An empty plan, for a platform that can name one that runs there; it refuses where none is named.

        :raises UsageError: anywhere else, with the way out.
        """
        if deployment.platform in _NAMES_ONE:
            return LaunchPlan((), deployment.model, None, deployment.model, CARD.dialects[0])
        raise UsageError(
            f"{deployment.id}: an 'openai' server is one that runs already: give its address as the instance, such as "
            "'url:http://127.0.0.1:8000/v1', or name a stack that can be started here"
        )
