"""What may be done for an instance that generates load, and by it; that calls are within it, others see."""

from __future__ import annotations

import re

from tests.support.policies import actions, statements


def test_no_more_is_allowed_for_it_than_for_instances_that_serve() -> None:
    of_servers = statements("ec2")
    for one in statements("load"):
        assert any(
            {*_listed(one["Action"])} <= {*_listed(other["Action"])}
            and {*_listed(one["Resource"])} <= {*_listed(other["Resource"])}
            and one.get("Condition", {}).keys() == other.get("Condition", {}).keys()
            for other in of_servers
        ), one["Sid"]


def test_what_changes_something_is_allowed_of_ours_alone() -> None:
    changing = re.compile(r":(Create|Delete|Terminate|Authorize|Run|PassRole)")
    found = [one for one in statements("load") if any(map(changing.search, _listed(one["Action"])))]
    assert [one["Sid"] for one in found if "Condition" not in one] == ["MakeItOutOfWhatIsThere"]


def test_its_role_may_ask_and_nothing_else() -> None:
    asks = {one for one in actions("sagemaker") if ":Invoke" in one}
    assert actions("load-role") == actions("bedrock") | asks
    assert statements("load-role")[0]["Resource"] == statements("bedrock")[0]["Resource"]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
