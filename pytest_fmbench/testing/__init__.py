"""A mock server of language models that ships with the product, for tests of what talks to such servers.

    from pytest_fmbench.testing import constant, healthy, normal, serving

    with serving(healthy("openai-chat", ttft=normal(0.1, 0.01), itl=constant(0.02))) as mock:
        ...  # ask mock.url, then see mock.truths() and mock.bottleneck()

Its own write times are the truth, however far they are from the schedule; see ``docs/mock.md``.
"""

from pytest_fmbench.model.draws import Distribution, constant, exponential, lognormal, normal, uniform
from pytest_fmbench.testing.agents.policy import Failings
from pytest_fmbench.testing.agents.script import agent
from pytest_fmbench.testing.apart import MockApart, serving_apart
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.breaking import Fault
from pytest_fmbench.testing.faults import cut, every, faulty, garbage, share, stall, status, throttle, trickle
from pytest_fmbench.testing.healthy import healthy
from pytest_fmbench.testing.mock import Mock, serving
from pytest_fmbench.testing.slots import limited
from pytest_fmbench.testing.steps import Close, Pause, Reset, Script, Step, Write
from pytest_fmbench.testing.truth import Bottleneck, Truth

__all__ = [
    "Asked",
    "Bottleneck",
    "Close",
    "Distribution",
    "Failings",
    "Fault",
    "Mock",
    "MockApart",
    "Pause",
    "Reset",
    "Script",
    "Step",
    "Truth",
    "Write",
    "agent",
    "constant",
    "cut",
    "every",
    "exponential",
    "faulty",
    "garbage",
    "healthy",
    "limited",
    "lognormal",
    "normal",
    "serving",
    "serving_apart",
    "share",
    "stall",
    "status",
    "throttle",
    "trickle",
    "uniform",
]
