"""What the mock tells of itself at ``GET /metrics``: vLLM's names, and the mock's own truth.

Source: https://docs.vllm.ai/en/latest/usage/metrics.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.testing.responses import head
from pytest_fmbench.testing.steps import Write
from pytest_fmbench.testing.truth import Truth

BOUNDS_S = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_LABELS = 'engine="0",model_name="mock"'


def exposition(truths: Sequence[Truth], running: int) -> Write:
    """The page.

    :param truths: of the requests so far; a time to the first token is from a request that has been read to the
        beginning of the first write that holds a token.
    :param running: how many are being answered.
    """
    body = ("\n".join(_lines(truths, running)) + "\n").encode()
    fields = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Content-Length": f"{len(body)}"}
    return Write(head(200, fields) + body)


def _lines(truths: Sequence[Truth], running: int) -> Iterator[str]:
    yield from _single("num_requests_running", "gauge", running)
    yield from _single("num_requests_waiting", "gauge", 0)
    yield from _single("generation_tokens_total", "counter", sum(sum(truth.tokens) for truth in truths))
    yield from _histogram([(truth.begin_ns[0] - truth.read_ns) / NS_PER_S for truth in truths if truth.begin_ns])


def _single(name: str, kind: str, value: int) -> Iterator[str]:
    yield f"# HELP vllm:{name} Of the mock."
    yield f"# TYPE vllm:{name} {kind}"
    yield f"vllm:{name}{{{_LABELS}}} {float(value)}"


def _histogram(times_s: Sequence[float]) -> Iterator[str]:
    name = "vllm:time_to_first_token_seconds"
    yield f"# HELP {name} Of the mock."
    yield f"# TYPE {name} histogram"
    for bound in BOUNDS_S:
        yield f'{name}_bucket{{{_LABELS},le="{bound}"}} {float(sum(one <= bound for one in times_s))}'
    yield f'{name}_bucket{{{_LABELS},le="+Inf"}} {float(len(times_s))}'
    yield f"{name}_count{{{_LABELS}}} {float(len(times_s))}"
    yield f"{name}_sum{{{_LABELS}}} {sum(times_s)}"
