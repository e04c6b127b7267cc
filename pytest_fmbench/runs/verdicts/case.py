"""The verdicts of a case: of each of its runs, and what it is against a stored baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from pytest_fmbench.runs.baselines.against import Reference
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.sampling.needs import unmeasured
from pytest_fmbench.runs.summary import Summary, summarise
from pytest_fmbench.runs.verdicts.certify import problems
from pytest_fmbench.runs.verdicts.judge import judge_run
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.store.session import write_json


def judge_case(runs: Sequence[Run], subjects: Sequence[Summary], strictness: Strictness, others: int = 0) -> None:
    """Give every run its verdicts and write its ``case.json``.

    :param subjects: of each run, which learns how strictly it was judged.
    :param others: how much else shares the confidence of the case.
    :raises StoreError: when that cannot be written.
    """
    shared = replace(strictness, judged_runs=max(1, sum(bool(run.objectives) for run in runs) + others))
    for run, subject in zip(runs, subjects, strict=True):
        subject.update(asdict(shared))
        run.invalid = [*problems(run, run.objectives), *unmeasured(run, run.objectives)]
        run.verdicts = judge_run(run, run.objectives, shared)
        write_json(run.folder / "case.json", summarise(run, subject))


def hold_against(
    reference: Reference, runs: Sequence[Run], subjects: Sequence[Summary], strictness: Strictness
) -> None:
    """Hold each run that is judged, and valid, against the baseline, once no verdict can be lost by it.

    :raises StoreError: when the baseline cannot be read, or a ``case.json`` cannot be written.
    """
    pairs = [pair for pair in zip(runs, subjects, strict=True) if pair[1]["judged"]]
    for run, subject in pairs:
        if run.valid:
            run.stored = reference.against(run, subject, strictness, runs=len(pairs))
            write_json(run.folder / "case.json", summarise(run, subject))
