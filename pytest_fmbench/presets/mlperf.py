"""What MLPerf Inference asks of language models: its scenarios as loads, its latency limits as SLAs.

A result may bear the name MLPerf only if it conforms to all of the rules, one of which is that LoadGen, their own load
generator, made the load (section "Load Generator"). Ours did not, so nothing here does: SLAs are called *inspired by
MLPerf Inference*, and :meth:`Scenario.departures` lists what else a run did otherwise.

Sources: MLPerf Inference rules of 23 July 2026 (github.com/mlcommons/inference_policies, ``inference_rules.adoc``), and
``loadgen/mlperf.conf`` of github.com/mlcommons/inference, which has the same limits (``*.Server.ttft_latency`` and
``tpot_latency``, p99), sample counts (``performance_sample_count_override``) and durations (``min_duration``).
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.load.arrivals import Closed, Load, closed, poisson
from pytest_fmbench.model.objective import Sla

_LEAST_S = 600.0
_STREAMS = 8
_NO_ERRORS = "error_rate <= 0%"


@dataclass(frozen=True)
class Task:
    """A model and the data that it is asked.

    :param samples: how many the data are.
    :param server: largest p99 of ttft and of tpot, in ms.
    :param interactive: likewise, of the interactive setting; None where there is none.
    """

    model: str
    data: str
    samples: int
    server: tuple[int, int]
    interactive: tuple[int, int] | None


TASKS = {
    "llama3.1-8b": Task("Llama 3.1 8B Instruct", "CNN-DailyMail", 13_368, (2_000, 100), (500, 30)),
    "llama2-70b": Task("Llama 2 70B Chat", "OpenOrca", 24_576, (2_000, 200), (450, 40)),
    "llama3.1-405b": Task(
        "Llama 3.1 405B Instruct",
        "LongBench, LongDataCollections, Ruler and GovReport",
        8_313,
        (6_000, 175),
        (4_500, 80),
    ),
    "mixtral-8x7b": Task("Mixtral 8x7B Instruct", "OpenOrca, GSM8K and MBXP", 15_000, (2_000, 200), None),
    "deepseek-r1": Task("DeepSeek R1", "mlperf_deepseek_r1", 4_388, (2_000, 80), (1_500, 15)),
}
"""By the names that ``mlperf.conf`` has for them, written as people do."""


@dataclass(frozen=True)
class Scenario:
    """A way of asking, for a task.

    :param load: when to ask.
    :param sla: what has to be kept; of scenarios without a limit, that no request fails.
    :param figure: what MLPerf reports of it, by the name that it has here.
    :param differs: what the load does otherwise than LoadGen.
    :param duration_s: how long is measured at least, in seconds.
    """

    name: str
    task: Task
    load: Load
    sla: Sla
    figure: str
    differs: tuple[str, ...] = ()
    duration_s: float = _LEAST_S

    def departures(self, seconds: float, requests: int) -> list[str]:
        """What a run did otherwise than the rules say, as far as it can be told; never empty.

        :param seconds: how long was measured: ``run.window.seconds``.
        :param requests: how many it is of: ``run.e2e.p99.n``.
        """
        found = ["the load was not made by LoadGen, and there was no accuracy run", *self.differs]
        if seconds < self.duration_s:
            found.append(f"the window lasted {seconds:.3g} s, not {self.duration_s:g} s")
        if requests < self.task.samples:
            found.append(f"{requests:,} requests, fewer than the {self.task.samples:,} samples")
        return [*found, f"whether this is {self.task.model}, asked with {self.task.data}, is for you to say"]


def server(task: str, rate: float, *, interactive: bool = False) -> Scenario:
    """Server: Poisson arrivals; MLPerf reports the largest rate whose p99 of ttft and tpot keep the limits.

    :param task: one of ``TASKS``.
    :param rate: requests a second; ``fmbench.capacity`` looks for the largest.
    :param interactive: with the tighter limits of the interactive setting.
    :raises UnknownName: for an unknown task.
    :raises UsageError: for a task without an interactive setting, or a rate that is not positive.
    """
    found = _task(task)
    limits = found.interactive if interactive else found.server
    if limits is None:
        raise UsageError(f"mlperf: {task} has no interactive setting")
    name = "Interactive" if interactive else "Server"
    return Scenario(name, found, poisson(rate), _sla(task, name, *limits), "request_rate")


def offline(task: str, users: int) -> Scenario:
    """Offline: how much is served of a pile of work; MLPerf reports the throughput.

    :param users: so many ask without pause, as many as the server takes at once or more: there is always a pile.
    :raises UnknownName: for an unknown task.
    :raises UsageError: for what is no number of users.
    """
    differs = f"{users} users asked again and again, instead of all samples at once"
    return _unlimited(task, "Offline", closed(users), "output_token_rate", differs)


def single_stream(task: str) -> Scenario:
    """SingleStream: one request after another; MLPerf reports the p90 of their time.

    :raises UnknownName: for an unknown task.
    """
    return _unlimited(task, "SingleStream", closed(1), "e2e.p90")


def multi_stream(task: str) -> Scenario:
    """MultiStream: eight at once; MLPerf reports the p99 of the time that all eight take.

    :raises UnknownName: for an unknown task.
    """
    differs = f"{_STREAMS} users each asked again by themselves, instead of {_STREAMS} samples together"
    return _unlimited(task, "MultiStream", closed(_STREAMS), "e2e.p99", differs)


def _unlimited(task: str, name: str, load: Closed, figure: str, *differs: str) -> Scenario:
    return Scenario(name, _task(task), load, _sla(task, name), figure, differs)


def _sla(task: str, scenario: str, *limits: int) -> Sla:
    objectives = [f"{metric}.p99 < {limit}ms" for metric, limit in zip(("ttft", "tpot"), limits, strict=False)]
    return Sla(*objectives, _NO_ERRORS, name=f"inspired by MLPerf Inference: {task} {scenario}")


def _task(name: str) -> Task:
    if name not in TASKS:
        raise UnknownName("MLPerf task", name, TASKS)
    return TASKS[name]
