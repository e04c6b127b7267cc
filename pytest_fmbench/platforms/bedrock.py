"""Amazon Bedrock: models that are served already, by the token or in throughput that somebody has bought.

Nothing is started but, where one is asked for, an instance that generates load: that alone is leased. Where requests go
is found by boto3's own rules, ``AWS_ENDPOINT_URL`` and ``AWS_ENDPOINT_URL_BEDROCK_RUNTIME`` included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import sleep

from pytest_fmbench.errors import Gone, NotAllowed, UnknownName, UsageError
from pytest_fmbench.model.conditions import Plain
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint, Signing
from pytest_fmbench.model.launch import LaunchPlan
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.place import Place, place_of
from pytest_fmbench.model.price import Price, TokenPrice
from pytest_fmbench.platforms.aws.clients import client, regions_of
from pytest_fmbench.platforms.base import Progress, Surroundings
from pytest_fmbench.platforms.ec2.beside import BESIDE, beside_of
from pytest_fmbench.platforms.ec2.load_hosts import LoadHosts
from pytest_fmbench.platforms.ec2.load_leases import LoadLeases
from pytest_fmbench.platforms.ec2.loaded import LoadedServer
from pytest_fmbench.platforms.ec2.settings import Wanted
from pytest_fmbench.platforms.url import RunningServer

_OF_ALL = ("regions", "profile", *BESIDE)
"""Settings that all deployments of a session may have in common; what was provisioned is one model's."""
_KNOWN = (*_OF_ALL, "throughput")
_OPTIONS = ("dialect",)
_DIALECT, _DIALECTS = "bedrock-converse", "bedrock-"
_EXAMPLE = 'Deployment("anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock", "bedrock:us-east-1")'


class Bedrock:
    """``bedrock``, ``bedrock:us-east-1`` or ``bedrock:us-east-1?profile=NAME&throughput=ARN``.

    The model is an id of a model or of an inference profile, or an ARN. ``throughput`` is the ARN of what was
    provisioned for it: requests go there, and the model keeps its name. ``load`` is the type of an instance of EC2 that
    generates the load, in the same region.

    :param pause: waits so many seconds.
    """

    name = "bedrock"
    shares_this_machine = False
    served_already = True

    def __init__(self, surroundings: Surroundings, pause: Callable[[float], None] = sleep) -> None:
        self._surroundings, self._hosts = surroundings, LoadHosts(surroundings, pause)
        self._leases = LoadLeases(self._hosts, self.name)

    def check(self, deployment: Deployment) -> None:
        """See that nothing is asked that is Bedrock's to choose.

        :raises UsageError: where something is, or an instance is to generate load that can never be had.
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
        self._load(deployment)
        if not _dialect(deployment).startswith(_DIALECTS):
            raise UsageError(
                f"{deployment.id}: Bedrock's runtime does not speak {_dialect(deployment)!r}: leave the option dialect "
                f"out, which is {_DIALECT!r}, or name another that begins with {_DIALECTS!r}"
            )

    def usd_per_hour(self, deployment: Deployment) -> float | None:
        """What the instance that generates load costs; None where there is none, or nobody knows.

        Else paid are tokens, and what was provisioned by those who did it, whether it is used or not.
        """
        wanted = self._load(deployment)
        if wanted is None:
            return None
        try:
            return self._hosts.usd_per_hour(wanted, self._region(deployment))
        except NotAllowed:  # nobody names a region, which is told by who starts it
            return None

    def price_of_serving(self, deployment: Deployment) -> Price | None:  # noqa: ARG002  # the protocol's
        """Nothing that serves is paid by the hour."""
        return None

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

    def start(
        self,
        deployment: Deployment,
        plan: LaunchPlan | None,  # noqa: ARG002  # the protocol's; there is nothing to start
        log: Path,  # noqa: ARG002  # likewise
        progress: Progress,
    ) -> RunningServer | LoadedServer:
        """The runtime's endpoint in the deployment's region, with the instance that generates its load, if one does.

        :raises UsageError: as :meth:`check`.
        :raises NotAllowed: where boto3, credentials or a region are missing, or what such an instance takes.
        :raises EnvironmentFault: when that cannot be had.
        """
        self.check(deployment)
        region, wanted = self._region(deployment), self._load(deployment)
        server = self._runtime(deployment, region)
        return server if wanted is None else self._leases.made(server, deployment, wanted, region, progress)

    def adopt(self, lease: Lease, deployment: Deployment, plan: LaunchPlan | None, progress: Progress) -> LoadedServer:  # noqa: ARG002  # the protocol's
        """The same, with the instance of ``lease``.

        :raises EnvironmentFault: when that is not there, or not what it claims.
        """
        wanted = self._load(deployment)
        if wanted is None:
            raise Gone(f"{deployment.id} has no instance that generates load, and so no lease")
        return self._leases.again(self._runtime(deployment, lease.place["region"]), lease, deployment, wanted, progress)

    def renew(self, lease: Lease) -> None:
        """Move the end that the instance of ``lease`` comes to by itself.

        :raises CloudFault: when that cannot be done.
        """
        self._hosts.renew(lease)

    def release(self, lease: Lease, progress: Progress) -> None:
        """Delete the instance of ``lease``, and what was made with it; return once it is gone.

        :raises CloudFault: when something of it is left, or that cannot be known.
        """
        self._hosts.release(lease, progress)

    def strays(self, regions: Sequence[str]) -> Sequence[Lease]:  # noqa: ARG002  # the protocol's
        """None: instances that carry our tags are found as those of EC2, whatever they are for."""
        return ()

    def _runtime(self, deployment: Deployment, region: str) -> RunningServer:
        given = self._place(deployment).settings
        profile, throughput = given.get("profile", ""), given.get("throughput", "")
        runtime = client("bedrock-runtime", region, profile)
        endpoint = Endpoint(
            str(runtime.meta.endpoint_url).rstrip("/"),
            throughput or deployment.model,
            _dialect(deployment),
            signing=Signing(runtime.meta.service_model.signing_name, region, profile),
        )
        facts: dict[str, Plain] = {"region": region, "throughput": throughput or "on demand"}
        return RunningServer(endpoint, facts)

    def _region(self, deployment: Deployment) -> str:
        place = self._place(deployment)
        wanted = (place.what,) if place.what else place.listed("regions")
        return regions_of(wanted, place.settings.get("profile", ""))[0]

    def _load(self, deployment: Deployment) -> Wanted | None:
        """The instance that is to generate load."""
        return beside_of(f"instance {deployment.instance!r}", self._place(deployment))

    def _place(self, deployment: Deployment) -> Place:
        session = self._surroundings.settings
        return place_of(deployment, _KNOWN, {name: session[name] for name in _OF_ALL if name in session})


def _dialect(deployment: Deployment) -> str:
    return str(deployment.options.get("dialect", _DIALECT))
