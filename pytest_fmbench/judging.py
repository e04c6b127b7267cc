"""What becomes of a case when its function has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.errors import (
    FmbenchError,
    Inconclusive,
    InvalidMeasurement,
    NotComparable,
    NotMeasured,
    Regressed,
    SlaInconclusive,
    SlaMissed,
)
from pytest_fmbench.stash import BENCH, OBJECTIVES, SETTINGS

if TYPE_CHECKING:
    from pytest_fmbench.model.objective import Outcome, Verdict
    from pytest_fmbench.runs.bench import Bench
    from pytest_fmbench.runs.run import Run

_RENEW = (
    "A difference would not be the server's alone: save this session as the baseline (fmbench baseline save NAME "
    "--replace), or name what may differ with --fmbench-baseline-despite."
)
_WAY_OUT = "Lower the load, give the load generator a core of its own, or run it from another machine."


def judge(item: pytest.Item) -> FmbenchError | None:
    """Judge what a case has measured; what is to be raised if it missed its SLA or its baseline, None if it did not.

    :raises InvalidMeasurement: when nothing was measured that could be judged, or the load generator was too slow.
    :raises NotMeasured: when an objective is about what nobody sampled, or the budget was spent before it was decided.
    """
    bench = item.stash.get(BENCH, None)
    if bench is None and not item.stash.get(OBJECTIVES, None):
        return None  # before anything heavy is imported: most tests of most suites are no benchmarks
    from pytest_fmbench.model.objective import Outcome
    from pytest_fmbench.runs.sampling.needs import unmeasured
    from pytest_fmbench.sla import describe

    runs = bench.judge() if bench is not None else []
    qualities = bench.qualities.found if bench is not None else []
    _see_that_it_measured(item, bench)
    lacking = [f"{run.name}: {problem}" for run in runs for problem in unmeasured(run, run.objectives)]
    if lacking:
        raise NotMeasured("\n".join(("not measured: an objective is about what nobody sampled", *lacking)))
    invalid = [f"{run.name}: {problem}" for run in runs for problem in run.invalid]
    if invalid:
        raise InvalidMeasurement(
            "\n".join(("invalid measurement: the load generator was too slow", *invalid, _WAY_OUT))
        )
    judged = [(run.name, run.verdicts) for run in runs if run.verdicts]
    judged += [(one.name, one.verdicts) for one in qualities if one.verdicts]
    outcomes = {verdict.outcome for _, verdicts in judged for verdict in verdicts}
    text = "\n".join(f"{name}:\n{describe(verdicts)}" for name, verdicts in judged)
    against = _against(runs)
    if any(run.stored and run.stored.refused for run in runs):
        renew = _RENEW if any(run.stored and run.stored.differences for run in runs) else ""
        return NotComparable("\n".join(filter(None, ("not comparable with the baseline", against, renew, text))))
    worse = any(run.stored and run.stored.regressed for run in runs)
    if Outcome.FAIL in outcomes:
        missed = f"SLA missed: {_which(judged, Outcome.FAIL)}"
        return SlaMissed("\n".join((missed, text, *(("worse than the baseline", against) if worse else ()))))
    if worse:
        return Regressed("\n".join(filter(None, ("worse than the baseline", against, text))))
    unpaid = next((run.unpaid for run in runs if run.unpaid), "")
    if Outcome.INCONCLUSIVE in outcomes and unpaid:
        raise NotMeasured(f"not measured: {unpaid}\n{text}")
    if Outcome.INCONCLUSIVE in outcomes:
        told = f"{_which(judged, Outcome.INCONCLUSIVE)}\n{text}"
        return _undecided(item.config.stash[SETTINGS].inconclusive, told)
    return None


def _which(judged: Iterable[tuple[str, Sequence[Verdict]]], outcome: Outcome) -> str:
    """The objectives that came to ``outcome``, for the one line that summaries show."""
    found = (one.objective.text for _, verdicts in judged for one in verdicts if one.outcome is outcome)
    return ", ".join(dict.fromkeys(found))


def _see_that_it_measured(item: pytest.Item, bench: Bench | None) -> None:
    """See that there is something that the SLA can be about.

    :raises InvalidMeasurement: where there is not.
    """
    from pytest_fmbench.quality.figures import is_about_quality

    objectives = item.stash.get(OBJECTIVES, [])
    of_answers = [one for one in objectives if is_about_quality(one)]
    measured = bench is not None and (bench.capacities or any(run.objectives for run in bench.runs))
    if len(of_answers) < len(objectives) and not measured:
        raise InvalidMeasurement(f"{item.nodeid} has an SLA but measured nothing: call fmbench(...) in it")
    if of_answers and not (bench is not None and any(one.objectives for one in bench.qualities.found)):
        raise InvalidMeasurement(
            f"{item.nodeid} promises {of_answers[0].text!r} but asked nothing: call fmbench.quality(...) in it"
        )


def settled(item: pytest.Item, asked: AssertionError | None) -> AssertionError | None:
    """What becomes of a plain assertion: where the data do not decide it, as of an SLA that they do not."""
    if not isinstance(asked, Inconclusive):
        return asked
    from pytest_fmbench.model.estimate import Estimate
    from pytest_fmbench.stats.power import more_needed

    if isinstance(asked.estimate, Estimate):
        asked.advice = more_needed(asked.estimate, asked.number).why
    wanted = item.config.stash[SETTINGS].inconclusive
    if wanted == "skip":
        pytest.skip(f"inconclusive (--fmbench-inconclusive skip)\n{asked}")
    return asked if wanted == "fail" else None


def _against(runs: Iterable[Run]) -> str:
    """What the baseline says of each run, and how far that goes."""
    from pytest_fmbench.runs.baselines.against import plain
    from pytest_fmbench.sinks.against import listed

    return "\n".join(listed({"name": run.name, "baseline": plain(run.stored, run)} for run in runs if run.stored))


def _undecided(wanted: str, told: str) -> SlaInconclusive | None:
    if wanted == "skip":
        pytest.skip(f"inconclusive (--fmbench-inconclusive skip): {told}")
    return SlaInconclusive(f"SLA inconclusive: {told}") if wanted == "fail" else None


def told(item: pytest.Item, error: FmbenchError) -> str:
    """The error as text, without our own frames, and the plain assertion that failed beside it."""
    plain = error.__cause__
    if not isinstance(plain, AssertionError):
        return str(error)
    return f"{error}\n\n{item.repr_failure(pytest.ExceptionInfo.from_exception(plain))}"
