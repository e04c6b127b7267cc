"""The panel of judges that FMBench asks, as its ``model_eval_all_info.yml`` names it.

What it asks them are the rubrics ``correct``, where the truth is known, and ``helpful`` and ``accurate``, where it is
not, in words of our own. FMBench asks them at a temperature of 0.1; here they are asked greedily, so that the same
answer is judged alike. FMBench also takes an answer for right, and asks nobody, whose embedding is near the truth's;
nothing of that kind is done here. Source: github.com/aws-samples/foundation-model-benchmarking-tool, and
https://aws-samples.github.io/foundation-model-benchmarking-tool/accuracy.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.quality.judges.panel import Labelled, Panel, panel

MODELS = (
    "anthropic.claude-3-haiku-20240307-v1:0",
    "meta.llama3-70b-instruct-v1:0",
    "cohere.command-r-plus-v1:0",
)
"""Of three makers. Models of Bedrock are retired after some time; name others then."""


def fmbench_panel(
    instance: str = "bedrock", models: Sequence[str] = MODELS, *, labelled: Sequence[Labelled] = ()
) -> Panel:
    """FMBench's three judges at Amazon Bedrock, or others there.

    :param instance: ``"bedrock"``, or with a region ``"bedrock:us-west-2"``.
    :param models: ids of models or inference profiles.
    :param labelled: see :func:`~pytest_fmbench.quality.judges.panel.panel`.
    :raises UsageError: as that.
    """
    return panel(*(Deployment(model, "bedrock", instance) for model in models), labelled=tuple(labelled))
