from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.stacks.openai import OpenAI


def test_it_is_somebody_elses_to_start() -> None:
    with pytest.raises(UsageError, match=r"^m\+openai\+local: .*give its address as the instance, such as 'url:http"):
        OpenAI().plan(Deployment("m", "openai"))


def test_where_one_that_runs_can_be_named_there_is_nothing_to_start() -> None:
    plan = OpenAI().plan(Deployment("m", "openai", "sagemaker:?endpoint=e"))
    assert (plan.command, plan.container, plan.served_model) == ((), None, "m")
