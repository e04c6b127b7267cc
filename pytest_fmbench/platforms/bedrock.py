"""Amazon Bedrock: models that are served already, by the token or in throughput that somebody has bought.

Nothing is started, so nothing is leased. Where requests go is found by boto3's own rules, ``AWS_ENDPOINT_URL`` and
``AWS_ENDPOINT_URL_BEDROCK_RUNTIME`` included.
"""

from __future__ import annotations

from pathlib import Path

from pytest_fmbench.errors import NotAllowed, UnknownName, UsageError
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.place import Place, place_of
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.platforms.aws.clients import client, regions_of
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.platforms.url import RunningServer

_OF_ALL = ("regions", "profile")
"""Settings that all deployments of a session may have in common; what was provisioned is one model's."""
_KNOWN = (*_OF_ALL, "throughput")
_OPTIONS = ("dialect",)
_DIALECT, _DIALECTS = "bedrock-converse", "bedrock-"
_EXAMPLE = 'Deployment("anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock", "bedrock:us-east-1")'


class Bedrock:
    """``bedrock``, ``bedrock:us-east-1`` or ``bedrock:us-east-1?profile=NAME&throughput=ARN``.

    The model is an id of a model or of an inference profile, or an ARN. ``throughput`` is the ARN of what was
    provisioned for it: requests go there, and the model keeps its name.
    """

    name = "bedrock"
    shares_this_machine = False
    served_already = True

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def check(self, deployment: Deployment) -> None:
        """See that nothing is asked that is Bedrock's to choose.

        :raises UsageError: where something is.
        :raises UnknownName: for an option that it does not have.
        """
        for name in deployment.options:
            if name not in _OPTIONS:
                raise UnknownName("option of bedrock", name, _OPTIONS)
        place = self._place(deployment)
        if place.what and "regions" in place_of(deployment, _KNOWN, {}).settings:
            raise UsageError(f"{deployment.id}: name its region once, behind the colon or as regions=")
        if deployment.stack != "bedrock":
            raise UsageError(
                f"{deployment.id}: nobody says what serves models on Bedrock, so their stack is called 'bedrock', as "
                f"in {_EXAMPLE}"
            )
        if deployment.quantization is not None or deployment.tensor_parallel != 1 or deployment.replicas != 1:
            raise UsageError(
                f"{deployment.id}: precision, tensor_parallel and replicas are Bedrock's to choose: leave them out"
            )
        if not _dialect(deployment).startswith(_DIALECTS):
            raise UsageError(
                f"{deployment.id}: Bedrock's runtime does not speak {_dialect(deployment)!r}: leave the option dialect "
                f"out, which is {_DIALECT!r}, or name another that begins with {_DIALECTS!r}"
            )

    def usd_per_hour(self, deployment: Deployment) -> None:
        """Paid are tokens, and what was provisioned by those who did it, whether it is used or not."""

    def token_price(self, deployment: Deployment) -> TokenPrice | None:
        """Of the tokens of ``deployment``; None in throughput that was provisioned, where none is paid for itself.

        :raises NotAllowed: when nobody knows it.
        """
        if self._place(deployment).settings.get("throughput"):
            return None
        price = self._surroundings.token_price(deployment.model)
        if price is None:
            raise NotAllowed(
                f"{deployment.id}: nobody knows what tokens of {deployment.model!r} cost: say it in the file "
                'that --fmbench-prices names, under [tokens."MODEL"]'
            )
        return price

    def start(self, deployment: Deployment, plan: LaunchPlan | None, log: Path, progress: Progress) -> RunningServer:  # noqa: ARG002  # the protocol's; there is nothing to start
        """The runtime's endpoint in the deployment's region.

        :raises UsageError: as :meth:`check`.
        :raises NotAllowed: where boto3, credentials or a region are missing.
        """
        self.check(deployment)
        place = self._place(deployment)
        profile, throughput = place.settings.get("profile", ""), place.settings.get("throughput", "")
        region = regions_of((place.what,) if place.what else place.listed("regions"), profile)[0]
        runtime = client("bedrock-runtime", region, profile)
        signing = Signing(runtime.meta.service_model.signing_name, region, profile)
        endpoint = Endpoint(
            str(runtime.meta.endpoint_url).rstrip("/"),
            throughput or deployment.model,
            _dialect(deployment),
            signing=signing,
        )
        facts: dict[str, Plain] = {"region": region, "throughput": throughput or "on demand"}
        return RunningServer(endpoint, facts)

    def _place(self, deployment: Deployment) -> Place:
        session = self._surroundings.settings
        return place_of(deployment, _KNOWN, {name: session[name] for name in _OF_ALL if name in session})


def _dialect(deployment: Deployment) -> str:
    return str(deployment.options.get("dialect", _DIALECT))
