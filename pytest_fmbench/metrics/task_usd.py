"""Dollars for a task: what was spent in the window / tasks that came to an end of their own in it.

Spent are, by the hour, the window's share of the hour, busy or idle; by the token, the tokens of all tasks that ended
in the window, those too that were refused or outgrew the model: by the server's counts, as far as it gives them. What
it had in its cache is paid as such; what it wrote there, as the rest of the input. Of what nobody says the price there
is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric, Of
from pytest_fmbench.metrics.columns import column
from pytest_fmbench.metrics.slices import per_slice
from pytest_fmbench.metrics.task_columns import ran_out
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.model.samples import Floats, Rate
from pytest_fmbench.model.units import Unit

if TYPE_CHECKING:
    import pyarrow as pa

_SECONDS_PER_HOUR = 3_600.0


def compute(measurement: Measurement) -> Rate:
    """Dollars and tasks of each slice of the window."""
    tasks, tariff = measurement.tasks, measurement.tariff
    if tasks is None or tariff is None:
        return Rate(np.empty(0), np.empty(0))
    done = column(tasks, "done_ns").integers[ran_out(tasks)]
    ended = per_slice(measurement.window, [(done, np.ones(len(done), dtype=np.int64))])
    usd = ended.seconds * (tariff.usd_per_hour / _SECONDS_PER_HOUR)
    if tariff.tokens is not None:
        usd = usd + _of_tokens(tasks, measurement.window, tariff.tokens)
    return Rate(usd, ended.amounts)


def _of_tokens(tasks: pa.Table, window: Window, price: TokenPrice) -> Floats:
    """What the tokens of the tasks cost that ended in each slice."""
    done = column(tasks, "done_ns")
    names = ("input_tokens", "output_tokens", "cached_tokens")
    counts = (column(tasks, name).integers[done.known] for name in names)
    each = [per_slice(window, [(done.integers[done.known], one)]).amounts.tolist() for one in counts]
    return np.array(
        [price.usd(max(0, asked - cached), said, cached) for asked, said, cached in zip(*each, strict=True)]
    )


METRIC = Metric("task.usd", Unit.USD, "lower", Kind.RATE, compute, of=Of.TASKS, priced=True)
