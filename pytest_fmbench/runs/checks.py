"""What can be seen to be wrong with a question before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals import Load, shape_of
from pytest_fmbench.metrics.base import Kind, Metric, Of
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.session import Sessions
from pytest_fmbench.model.units import seconds_in
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.sla import interval_confidence, undecidable

_ROUNDING = 1e-9


def see_that_it_can_be_judged(
    workload: Workload,
    requests: int | None,
    objectives: Sequence[Objective],
    metrics: Registry[Metric],
    confidence: float,
) -> None:
    """See that ``workload`` has what objectives are about, and that a window of ``requests`` can let each pass.

    :param requests: None is as many as there will be.
    :param confidence: of a case, one-sided each way.
    :raises UsageError: for a percentile that so few requests never bound, and for tasks where there are none.
    """
    for one in objectives:
        if metrics[one.metric].of is Of.TASKS and not isinstance(workload, Sessions):
            raise UsageError(
                f"{one.text!r} is about tasks, and {workload!r} asks single requests: give a workload of sessions, "
                "such as multiturn()"
            )
    weighed = [one for one in objectives if not one.per_request]
    level = interval_confidence(confidence, max(1, len(weighed)))
    for one in weighed:
        if requests is None or metrics[one.metric].kind is not Kind.REQUEST:
            continue  # how many samples there will be is not known
        problem = undecidable(one, requests, level)
        if problem:
            raise UsageError(problem)


def seconds_of(warmup: float | str) -> float | None:
    """A warm-up, as ``"5s"`` or in seconds, in seconds; None for ``"auto"``.

    :raises UsageError: for any other text.
    """
    if warmup == "auto":
        return None
    if isinstance(warmup, str):
        seconds = seconds_in(warmup)
        if seconds is None:
            raise UsageError(f"warmup={warmup!r}: give seconds, or 'auto'")
        return seconds
    return warmup


def window_of(
    load: Load,
    given: float | str | None,
    default_s: float,
    *,
    requests: int | None = None,
    tokens: int | None = None,
    windows: int = 1,
) -> float:
    """How long the windows of a question last, all of them together, in seconds.

    :param given: as ``"30s"`` or in seconds. Where it is None a load with a shape takes as long as that, in each
        window, and any other one ``default_s``.
    :param windows: rounds, or blocks of one side of a comparison.
    :raises UsageError: for a text that is no length, and for what would cut a shape off.
    """
    length = seconds_in(given) if isinstance(given, str) else given
    if isinstance(given, str) and length is None:
        raise UsageError(f"duration={given!r}: give a length of time, as 30s, 2min or 500ms")
    shape_s = shape_of(load)
    if not shape_s:
        return default_s if length is None else length
    for name, limit in (("requests", requests), ("tokens", tokens)):
        if limit is not None:
            raise UsageError(f"{name}={limit!r}: that may cut {load} off, which is measured whole; leave it out")
    if length is None:
        return windows * shape_s
    see_that_it_is_whole(load, length, f"duration={given!r}", windows=windows)
    return length


def see_that_it_is_whole(load: Load, length_s: float, given: str, *, windows: int = 1) -> None:
    """See that so long a time holds the whole of a load's shape, in each of ``windows``.

    :param given: what made it so long.
    :raises UsageError: where it does not.
    """
    shape_s = shape_of(load)
    whole_s = windows * shape_s
    if length_s < whole_s * (1.0 - _ROUNDING):
        each = f", in each of {windows} windows" if windows > 1 else ""
        raise UsageError(
            f"{given}: that cuts {load} off, which takes {shape_s:g} s{each}; "
            f"allow {whole_s:g} s or more, or leave it out"
        )
