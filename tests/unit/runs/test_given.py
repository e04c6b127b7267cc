"""What a case gives in the wrong place is told in one line, before anything is started."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_fmbench import Deployment, agentic, chat, closed, constant, poisson, ramp, synthetic
from pytest_fmbench.errors import UsageError
from pytest_fmbench.runs.given import see_deployments, see_load, see_workload


@pytest.mark.parametrize("load", [closed(1), poisson(2), constant(1), ramp(1, 2, over="2s")], ids=str)
def test_a_load_is_one(load: object) -> None:
    see_load(load)


@pytest.mark.parametrize(
    "workload", [chat(output_tokens=4), synthetic(input_tokens=8, output_tokens=4), agentic()], ids=repr
)
def test_a_workload_is_one(workload: object) -> None:
    see_workload(workload)


def test_deployments_are() -> None:
    see_deployments(Deployment("m", "llamacpp"), Deployment("n", "llamacpp"))


@pytest.mark.parametrize(
    ("see", "given", "message"),
    [
        (see_load, 4, r"the load is 4, which is none: give one such as closed\(4\)"),
        (see_load, closed, "the load is <function closed at"),
        (see_load, chat(output_tokens=4), r"the load is Chat\(output_tokens=4\), which"),
        (see_workload, closed(1), r"the workload is Closed\(users=1.*give one such as chat"),
        (see_workload, "hello", "the workload is 'hello'"),
        (see_deployments, "llama", "the deployment is 'llama', which is none: give the fixture `deployment`"),
    ],
)
def test_anything_else_is_refused_with_what_to_give(see: Callable[[object], None], given: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        see(given)
