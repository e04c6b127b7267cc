"""From a launch to nothing left, against the stand-in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_fmbench.errors import CloudFault, Gone, LaunchError, NotAllowed, UsageError
from pytest_fmbench.model.launch import Container
from pytest_fmbench.model.lease import Lease
from pytest_fmbench.model.price import Price
from pytest_fmbench.platforms.aws.tags import EXPIRES, as_mapping, tags_of
from pytest_fmbench.platforms.local_server import answers
from tests.support.ec2 import HERE, Trial, deployment, plan, platform

PRICE = Price(0.8, "a table")


def the_lease(trial: Trial) -> Lease:
    (lease,) = trial.book.leases.values()
    return lease


def the_instance(trial: Trial) -> str:
    return next(one.identity for one in the_lease(trial).resources if one.kind == "instance")


def test_a_server_is_launched_answers_and_is_gone(trial: Trial) -> None:
    server = trial.start()
    host, port = server.endpoint.base_url.removeprefix("http://").removesuffix("/v1").split(":")
    assert answers(int(port), "/health", host)
    assert (server.endpoint.model, server.endpoint.dialect, server.foreign) == ("mock", "openai-chat", False)
    assert server.failure() is None
    assert {name: server.facts[name] for name in ("instance", "region", "market")} == {
        "instance": "g6.xlarge",
        "region": "us-east-1",
        "market": "on-demand",
    }
    assert str(server.facts["zone"]).startswith("us-east-1")
    assert str(server.facts["ami"]).startswith("ami-")
    assert [line for line in trial.cloud.left() if "instance" in line], "the stand-in sees what is there"
    server.stop()
    server.stop()
    assert (trial.cloud.left(), trial.book.leases) == ([], {})
    assert (trial.folder / "log").read_text() != "", "its console is kept"
    assert server.failure() == "it was stopped"


def test_nothing_is_made_that_was_not_written_down_before(trial: Trial) -> None:
    trial.start("placement=cluster&" + HERE).stop()
    makers = {
        "CreateSecurityGroup": "security-group",
        "CreatePlacementGroup": "placement-group",
        "RunInstances": "instance",
    }
    made = [(nth, call) for nth, call in enumerate(trial.cloud.calls) if call.operation in makers]
    assert [call.operation for _, call in made] == [*makers]
    for nth, call in made:
        name = call.request.get("GroupName") or call.request["ClientToken"]
        before = [lease for calls, lease in trial.book.written if calls <= nth]
        noted = {(one.kind, one.name) for one in before[-1].resources}
        assert (makers[call.operation], name) in noted
        tags = [as_mapping(one["Tags"]) for one in call.request["TagSpecifications"]]
        assert all(one == tags_of(before[-1]) for one in tags)


def test_only_who_measures_is_let_in(trial: Trial) -> None:
    trial.start().stop()
    ((rule,),) = (call["IpPermissions"] for call in trial.cloud.calls_of("AuthorizeSecurityGroupIngress"))
    assert [one["CidrIp"] for one in rule["IpRanges"]] == ["127.0.0.1/32"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 8000, 8000)


def test_members_of_the_fabric_talk_to_each_other(trial: Trial) -> None:
    trial.start(f"efa=1&{HERE}").stop()
    rules = [call["IpPermissions"][0] for call in trial.cloud.calls_of("AuthorizeSecurityGroupIngress")]
    assert [rule["IpProtocol"] for rule in rules] == ["tcp", "-1"]
    assert rules[1]["UserIdGroupPairs"][0]["GroupId"].startswith("sg-")


def test_what_it_costs_is_what_its_region_and_market_do(trial: Trial) -> None:
    trial.ec2 = platform(trial.book, price=lambda *what: {"us-east-1": PRICE}.get(what[2]))
    server = trial.start(f"market=spot&{HERE}")
    assert the_lease(trial).usd_per_hour == 0.8
    assert the_lease(trial).place["account"].isdecimal()
    server.stop()


def test_renewing_moves_the_end_of_all_of_it(trial: Trial) -> None:
    server = trial.start()
    later = replace(the_lease(trial), expires_s=the_lease(trial).expires_s + 900)
    trial.ec2.renew(later)
    found = trial.cloud.machine(the_instance(trial)).tag(EXPIRES)
    assert found == str(int(later.expires_s))
    asked = [name for call in trial.cloud.calls_of("CreateTags") for name in call["Resources"]]
    assert {name.split("-")[0] for name in asked} >= {"i", "sg", "vol", "eni"}
    trial.cloud.pass_time(1_900)
    assert server.failure() is None
    assert [one for one in trial.cloud.left() if "running" in one], "it was moved past that time"
    server.stop()
    with pytest.raises(Gone, match="has no instance any more in us-east-1"):
        trial.ec2.renew(later)


def test_an_instance_that_nobody_renews_ends_itself(trial: Trial) -> None:
    server = trial.start()
    trial.cloud.pass_time(1_900)
    with pytest.raises(Gone):
        trial.ec2.renew(the_lease(trial))
    server.stop()
    assert trial.cloud.left() == []


def test_a_kept_lease_outlives_its_server_and_is_adopted(trial: Trial) -> None:
    server = trial.start()
    server.lease = kept = replace(the_lease(trial), kept=True)
    server.stop()
    assert trial.cloud.left() != []
    again = trial.ec2.adopt(kept, deployment(), plan(), trial.said.append)
    assert again.endpoint == server.endpoint
    assert {**again.facts, "image": ""} == {**server.facts, "image": ""}
    again.lease = replace(kept, kept=False)
    again.stop()
    assert (trial.cloud.left(), trial.book.leases) == ([], {})


CLAIMS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"kind": "g6.2xlarge"}, "is of another type: g6.xlarge, not g6.2xlarge"),
    ({}, {"settings": f"ami=ami-0f&{HERE}"}, "is of another image: ami-"),
    ({"specification": "other"}, {}, "is of another deployment: 5ec, not other"),
    ({"name": "fmbench-other"}, {}, "lease fmbench-other has no instances in us-east-1"),
    ({"session": "other"}, {}, "has no instances in us-east-1"),
]


def test_what_is_not_what_it_claims_is_not_adopted(trial: Trial) -> None:
    server = trial.start()
    for lease, wanted, problem in CLAIMS:
        claimed = replace(the_lease(trial), **lease)
        with pytest.raises((LaunchError, CloudFault), match=problem):
            trial.ec2.adopt(claimed, deployment(**wanted), plan(), trial.said.append)
    assert server.failure() is None
    server.stop()


def test_a_server_of_another_model_is_not_adopted(trial: Trial) -> None:
    server = trial.start()
    with pytest.raises(LaunchError, match=r"^i-\w+ serves mock, not another"):
        trial.ec2.adopt(the_lease(trial), deployment(), plan(served_model="another"), trial.said.append)
    server.stop()


def test_who_looks_from_another_account_does_not_take_it_for_gone(trial: Trial) -> None:
    server = trial.start()
    elsewhere = {**the_lease(trial).place, "account": "999999999999"}
    with pytest.raises(CloudFault, match=r"is in AWS account 999999999999, and the credentials are of \d+"):
        trial.ec2.release(replace(the_lease(trial), place=elsewhere), trial.said.append)
    assert server.failure() is None
    server.stop()


def test_releasing_touches_nothing_else(trial: Trial) -> None:
    other = Trial(trial.cloud, trial.folder / "other")
    other.folder.mkdir()
    kept, gone = other.start(), trial.start()
    before = [one for one in trial.cloud.left() if the_lease(other).name in one]
    gone.stop()
    assert [one for one in trial.cloud.left() if the_lease(other).name in one] == before
    assert [one for one in trial.cloud.left() if "running" in one], "the other's instance"
    kept.stop()
    assert trial.cloud.left() == []


def test_what_is_gone_may_be_released_again(trial: Trial) -> None:
    server, lease = trial.start(), the_lease(trial)
    server.stop()
    trial.ec2.release(lease, trial.said.append)
    assert trial.cloud.left() == []


def test_strays_are_found_by_tags_alone_and_can_be_released(trial: Trial) -> None:
    trial.ec2 = platform(
        trial.book, price=lambda *what: PRICE if what[1:] == ("g6.xlarge", "us-east-1", "spot") else None
    )
    trial.start(f"market=spot&{HERE}")
    lease = the_lease(trial)
    (stray,) = trial.ec2.strays(["us-east-1"])
    same = ("name", "platform", "deployment", "specification", "session", "owner", "usd_per_hour")
    assert [getattr(stray, name) for name in same] == [getattr(lease, name) for name in same]
    assert stray.expires_s == int(lease.expires_s)
    assert {one.kind for one in stray.resources} >= {"instance", "security-group"}
    assert trial.ec2.strays(["us-west-2"]) == []
    trial.ec2.release(stray, trial.said.append)
    assert (trial.cloud.left(), trial.ec2.strays(["us-east-1"])) == ([], [])


def test_a_reservation_is_used_where_it_lies(trial: Trial) -> None:
    block = trial.cloud.reserve("g6.xlarge", "us-east-1b", block=True)
    trial.start(f"market=block:{block}&{HERE}").stop()
    (asked,) = trial.cloud.calls_of("RunInstances")
    assert asked["CapacityReservationSpecification"]["CapacityReservationTarget"]["CapacityReservationId"] == block
    with pytest.raises(UsageError, match=r"holds g6\.xlarge, and g6\.2xlarge is wanted"):
        trial.start(f"market=block:{block}&{HERE}", "g6.2xlarge")
    with pytest.raises(UsageError, match="is a capacity block: name its market so"):
        trial.start(f"market=reservation:{block}&{HERE}")
    assert trial.cloud.left() == []


def test_user_data_are_those_of_the_lease(trial: Trial) -> None:
    server = trial.start()
    data = trial.cloud.machine(the_instance(trial)).script
    assert data.splitlines()[1].startswith("shutdown -h +30 ||")
    assert the_lease(trial).name in data
    server.stop()


def test_a_stack_without_an_image_runs_on_no_instance(trial: Trial) -> None:
    with pytest.raises(NotAllowed, match="an instance runs containers, and vllm has none"):
        trial.start(container=None)


def test_weights_that_nobody_brings_are_missed_before_anything_is_made(trial: Trial) -> None:
    with pytest.raises(
        UsageError, match="is given its weights, and they are not on the instance: name them by weights="
    ):
        trial.start(container=Container("i", ("{weights}",)))
    with pytest.raises(UsageError, match="is in a private registry: give an instance_role="):
        trial.start(container=Container("763104351884.dkr.ecr.us-west-2.amazonaws.com/djl:1"))
    assert (trial.cloud.calls, trial.book.written) == ([], [])


def test_without_a_book_nothing_is_made(trial: Trial) -> None:
    trial.ec2 = platform(None)
    with pytest.raises(NotAllowed, match="nobody to write down what it makes"):
        trial.start()


def test_sessions_need_their_plugin(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(trial.folder))
    with pytest.raises(NotAllowed, match="access=ssm needs AWS's session-manager-plugin on the path: https://"):
        trial.start("access=ssm")
    assert trial.cloud.calls == []


def test_a_type_that_our_table_has_not_is_asked_for(trial: Trial) -> None:
    trial.start(kind="m5.large", accelerators=0).stop()
    assert trial.cloud.calls_of("DescribeInstanceTypes") == [{"InstanceTypes": ["m5.large"]}]
    assert trial.cloud.left() == []
