"""What the plugin keeps where pytest keeps it: in the stash of the session's config, or of a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.options import Settings

if TYPE_CHECKING:
    from pytest_fmbench.runs.bench import Bench
    from pytest_fmbench.runs.pool import Pool
    from pytest_fmbench.sla.files import Promised
    from pytest_fmbench.store.journal import Result
    from pytest_fmbench.store.packed import Stored

SETTINGS = pytest.StashKey[Settings]()
"""Of the config: the options, checked."""
FOLDER = pytest.StashKey[Path]()
"""Of the config: where the session is written."""
BASELINE: pytest.StashKey[Stored | None] = pytest.StashKey()
"""Of the config: what ``--fmbench-baseline`` names."""
DEPLOYMENTS = pytest.StashKey[dict[str, Deployment]]()
"""Of the config: the deployments that were collected, by id."""
MISTAKEN = pytest.StashKey[bool]()
"""Of the config: something is wrong with a case, so nothing may be started."""
POOL: pytest.StashKey[Pool] = pytest.StashKey()
"""Of the config: its servers, once a case has asked for them."""
PROMISES: pytest.StashKey[tuple[Promised, ...]] = pytest.StashKey()
"""Of the config: the SLAs of ``--fmbench-sla``."""
OBJECTIVES = pytest.StashKey[list[Objective]]()
"""Of a case that takes ``fmbench``: its SLA."""
BENCH: pytest.StashKey[Bench] = pytest.StashKey()
"""Of a case that runs: its ``fmbench``."""
RESUMED: pytest.StashKey[Result] = pytest.StashKey()
"""Of a case that is not run again: what became of it before."""
