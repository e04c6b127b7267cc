from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import EnvironmentFault, UsageError
from pytest_fmbench.model.draws import Drawn
from pytest_fmbench.testing import constant, cut, exponential, faulty, healthy, serving, serving_apart, share
from tests.support.processes import eventually
from tests.unit.testing.talk import post, raw, request, until_closed

PATH = "/v1/chat/completions"
PARENT = """
import time
from pytest_fmbench.testing import healthy, serving_apart
with serving_apart(healthy()) as mock:
    print(mock.port, flush=True)
    time.sleep(600)
"""


def test_it_serves_and_tells_the_truth() -> None:
    before = monotonic_ns()
    with serving_apart(healthy(itl=constant(0.001))) as mock:
        said = post(mock.port, PATH, request_id="r", stream=True, max_tokens=5)
        (truth,) = mock.truths()
        assert mock.bottleneck().writes == 5
        mock.forget()
        assert mock.truths() == []
    assert said.body.endswith(b"[DONE]\n\n")
    assert (truth.request_id, list(truth.tokens), truth.complete) == ("r", [1] * 5, True)
    assert before <= truth.begin_ns[0] <= truth.end_ns[-1] <= monotonic_ns()


def test_it_does_what_the_same_script_does_here() -> None:
    script = faulty(healthy(ttft=exponential(0.003), output_tokens=constant(4)), share(0.5, cut(2, reset=False)))
    counts = []
    for serve in (serving, serving_apart):
        with serve(script) as mock:
            for _ in range(8):
                until_closed(raw(mock.port, request(PATH, "Connection: close")))
            counts.append([len(truth.tokens) for truth in mock.truths()])
    assert counts[0] == counts[1]
    assert {*counts[0]} == {2, 4}


def test_the_script_may_be_changed() -> None:
    with serving_apart(healthy()) as mock:
        assert post(mock.port, PATH, stream=True).status == 200
        mock.change(healthy("tgi"))
        assert post(mock.port, PATH, stream=True).status == 404


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores are pinned on Linux only")
def test_it_keeps_to_its_cores() -> None:
    core = min(os.sched_getaffinity(0))
    with serving_apart(healthy(), cores=(core,)) as mock:
        mock.truths()
        assert os.sched_getaffinity(mock.pid) == {core}


def test_a_script_that_cannot_travel_is_refused() -> None:
    with pytest.raises(UsageError, match="a script for another process must be picklable, or use serving"):
        serving_apart(lambda _: []).__enter__()


def test_a_broken_script_is_told_where_the_serving_ends() -> None:
    script = healthy(itl=Drawn("no_such_method", ()))

    def ask() -> None:
        with serving_apart(script) as mock, pytest.raises(ConnectionResetError):
            post(mock.port, PATH, stream=True)

    with pytest.raises(EnvironmentFault, match="no_such_method"):
        ask()


def test_a_process_that_dies_is_told() -> None:
    def ask() -> None:
        with serving_apart(healthy()) as mock:
            os.kill(mock.pid, signal.SIGKILL)
            mock.truths()

    with pytest.raises(EnvironmentFault, match="the mock server's process ended with status -9"):
        ask()


def test_it_is_gone_when_its_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert post(port, PATH, stream=True).status == 200
        parent.kill()
    assert eventually(lambda: not listens(port))


def listens(port: int) -> bool:
    with socket.socket() as peer:
        return peer.connect_ex(("127.0.0.1", port)) == 0
