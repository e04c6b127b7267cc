from __future__ import annotations

import re

import pytest

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.ec2.settings import SETTINGS, Wanted, wanted_of
from pytest_fmbench.platforms.ec2.source import checked_source, is_inside
from tests.support.ec2 import deployment, platform


def wanted(settings: str, kind: str = "g6.xlarge") -> Wanted:
    return wanted_of(deployment(settings, kind), {})


def test_a_type_is_enough() -> None:
    assert wanted("") == Wanted("g6.xlarge")


def test_all_can_be_said() -> None:
    found = wanted(
        "regions=us-west-2,us-east-1&zones=us-west-2b,us-west-2a&market=block:cr-0a1&source=10.1.0.0/16&ami=ami-0f"
        "&disk_gb=500&instance_role=serving&hosts=2&placement=cluster&efa=4&token_parameter=/hf/token&weights=s3://b/w/"
        "&boot_timeout=30min&profile=bench",
        "p5.48xlarge",
    )
    assert found == Wanted(
        kind="p5.48xlarge",
        regions=("us-west-2", "us-east-1"),
        zones=("us-west-2b", "us-west-2a"),
        market="block",
        reservation="cr-0a1",
        source="10.1.0.0/16",
        ami="ami-0f",
        disk_gb=500,
        role="serving",
        hosts=2,
        cluster=True,
        efa=4,
        token_parameter="/hf/token",
        weights="s3://b/w/",
        boot_timeout_s=1_800.0,
        profile="bench",
    )


def test_what_the_session_says_holds_where_the_deployment_says_nothing() -> None:
    found = wanted_of(deployment("market=spot"), {"market": "on-demand", "profile": "bench", "role": "of-sagemaker"})
    assert (found.market, found.profile) == ("spot", "bench")


@pytest.mark.parametrize(
    ("settings", "kind", "problem"),
    [
        ("", "g6", r"names no type of instance, such as 'ec2:g6e\.2xlarge\?"),
        ("", "", "names no type of instance"),
        ("", "p3.2xlarge", "built on Xen.*could not be moved"),
        ("market=cheap", "g6.xlarge", r"market=cheap is none; markets are on-demand, spot, reservation:cr-\.\.\."),
        ("market=block", "g6.xlarge", "market=block is none"),
        ("market=spot:cr-1", "g6.xlarge", "market=spot:cr-1 is none"),
        ("regions=us-west-2,somewhere", "g6.xlarge", "regions=somewhere is none; regions are such as us-west-2"),
        ("zones=a", "g6.xlarge", "zones=a is none"),
        ("subnet=sn-1", "g6.xlarge", "subnet=sn-1 is none"),
        ("access=open", "g6.xlarge", "access=open is none; direct lets the caller's address in, ssm nobody"),
        ("ami=mine", "g6.xlarge", "ami=mine is none"),
        ("disk_gb=1.5", "g6.xlarge", "disk_gb=1.5 is no whole number from 0 to 65536"),
        ("disk_gb=-1", "g6.xlarge", "disk_gb=-1 is no whole number"),
        ("placement=spread", "g6.xlarge", "placement=spread is none; the only one is cluster"),
        ("efa=33", "g6.xlarge", "efa=33 is no whole number from 0 to 32"),
        ("boot_timeout=soon", "g6.xlarge", "boot_timeout=soon is no length of time, such as 20min or 90s"),
        ("weights=mine.gguf", "g6.xlarge", "weights=mine.gguf is none; give a path of the instance, an s3://"),
        (
            "token_parameter=/hf",
            "g6.xlarge",
            "token_parameter is read by the instance itself, which needs an instance_r",
        ),
        ("weights=s3://b/k", "g6.xlarge", "weights=s3:// is read by the instance itself"),
        ("zones=us-west-2a&subnet=subnet-1", "g6.xlarge", "a subnet lies in one zone"),
        ("efa=2", "p5.48xlarge", "several interfaces gets no public address"),
        ("access=ssm&source=1.2.3.4/32", "g6.xlarge", "nobody is let in, so source= says nothing"),
        ("source=0.0.0.0/0", "g6.xlarge", "would open the server to 4,294,967,296 addresses"),
    ],
)
def test_what_can_never_be_had_is_refused_before_anything_is_asked(settings: str, kind: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        platform(None).check(deployment(settings, kind))


@pytest.mark.parametrize("flag", ["--nnodes", "--node_rank", "--headless"])
def test_one_server_over_several_instances_is_refused_before_any_is_launched(flag: str) -> None:
    cut = deployment("hosts=2", "p5.48xlarge", options={flag: 2})
    with pytest.raises(UsageError, match=f"{flag} cuts one server over several instances, and none is started so"):
        platform(None).check(cut)


def test_an_unknown_setting_lists_those_that_there_are() -> None:
    with pytest.raises(UnknownName, match="unknown setting of ec2 'region', did you mean 'regions'") as caught:
        wanted("region=us-west-2")
    assert all(name in str(caught.value) for name in SETTINGS)


@pytest.mark.parametrize("text", ["203.0.113.7/32", "203.0.0.0/16", "10.0.0.0/8", "127.0.0.1/32"])
def test_one_s_own_networks_are_let_in(text: str) -> None:
    assert checked_source("instance", text) == text


@pytest.mark.parametrize("text", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "203.0.0.0/15", "10.0.0.0/7", "8.0.0.0/8"])
def test_a_large_part_of_the_internet_never_is(text: str) -> None:
    with pytest.raises(UsageError, match=rf"source={re.escape(text)} would open the server"):
        checked_source("instance", text)


@pytest.mark.parametrize("text", ["me", "203.0.113.7/8", "::/0", "1.2.3.4/33", ""])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no IPv4 network, such as"):
        checked_source("instance", text)


@pytest.mark.parametrize(
    ("source", "inside"), [("10.1.2.3/32", True), ("192.168.0.0/16", True), ("203.0.113.7/32", False)]
)
def test_from_inside_its_network_an_instance_is_asked_at_its_private_address(source: str, *, inside: bool) -> None:
    assert is_inside(source) is inside
    assert wanted(f"source={source}").public is not inside


def test_through_a_session_it_needs_no_public_address() -> None:
    assert wanted("access=ssm").public is False
    assert wanted("").public is True


def test_what_an_hour_costs_is_asked_for_the_first_region_and_the_market(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    asked: list[tuple[str, ...]] = []

    def price(*what: str) -> Price:
        asked.append(what)
        return Price(1.5, "a table")

    found = platform(None, price=price).usd_per_hour(deployment("regions=eu-west-1,us-east-1&market=spot"))
    assert (found, asked) == (1.5, [("ec2", "g6.xlarge", "eu-west-1", "spot")])
    platform(None, price=price).usd_per_hour(deployment("regions=eu-west-1&market=block:cr-0a"))
    assert asked[-1][-1] == "block:cr-0a"
    assert platform(None).usd_per_hour(deployment("regions=eu-west-1")) is None
