from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.stacks.openai import OpenAI


def test_it_is_somebody_elses_to_start() -> None:
    with pytest.raises(UsageError, match=r"^m\+openai\+local: .*give its address as the instance, such as 'url:http"):
        OpenAI().plan(Deployment("m", "openai"))
