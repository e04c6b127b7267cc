"""The largest rate that holds an SLA: which rate to try next, and what the tried ones say. Pure numpy, no I/O.

    search = Search(aims, Budget(requests=20_000), start=1.0)
    while (probe := search.next()) is not None:
        search = search.after(asked(probe))     # an Answer
    search.found().rate

The same code searches simulated servers in tests and real ones in a case. Method, assumptions and how often the
interval holds the truth: docs/capacity.md.
"""

from pytest_fmbench.stats.capacity.combined import FITTED, beyond
from pytest_fmbench.stats.capacity.isotonic import isotonic
from pytest_fmbench.stats.capacity.probes import Aim, Answer, Budget, Found, Probe, Scale
from pytest_fmbench.stats.capacity.search import LIVES, NARROW, PRECISION, Search

__all__ = [
    "FITTED",
    "LIVES",
    "NARROW",
    "PRECISION",
    "Aim",
    "Answer",
    "Budget",
    "Found",
    "Probe",
    "Scale",
    "Search",
    "beyond",
    "isotonic",
]
