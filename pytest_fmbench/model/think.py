"""How long people think, as loads and conversations are told it."""

from __future__ import annotations

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.draws import KNOWN, read
from pytest_fmbench.model.units import seconds_in


def think_of(kind: str, think: float | str, nobody: str) -> str:
    """``think`` as :func:`pytest_fmbench.model.draws.read` takes it, in seconds.

    :param kind: the load or workload, as messages call it.
    :param nobody: when to leave it out, as messages say it.
    :raises UsageError: for what is neither a time above 0 nor a distribution of seconds.
    """
    seconds = seconds_in(think)
    if seconds is not None:
        return f"{seconds}"
    others = ", ".join(f"{name}:..." for name in KNOWN)
    problem = UsageError(
        f"{kind}(think={think!r}): give a time above 0, as 2s or 500ms, or a distribution of seconds ({others}); "
        f"leave it out where {nobody}"
    )
    if not isinstance(think, str) or ":" not in think:
        raise problem
    try:
        read(think)
    except (UsageError, UnknownName) as error:
        raise problem from error
    return think.replace(" ", "")
