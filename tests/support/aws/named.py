"""A mock server that says which models it serves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.responses import plain
from pytest_fmbench.testing.steps import Script, Step

_NAMED = re.compile(r"""--(?:served[-_]model[-_]name|alias|model|model[-_]id|model-path)[ =]['"]?([\w./:-]+)""")


@dataclass(frozen=True)
class Named:
    """``script``, but that ``GET /v1/models`` lists ``models``."""

    script: Script
    models: tuple[str, ...]

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Its answer."""
        if (asked.method, asked.path) == ("GET", "/v1/models"):
            listed = [{"id": name, "object": "model", "owned_by": "stand-in"} for name in self.models]
            return [plain(200, {"object": "list", "data": listed})]
        return self.script(asked)


def models_in(user_data: str) -> tuple[str, ...]:
    """The names that its command lines give to the model that they serve."""
    return tuple(dict.fromkeys([*_NAMED.findall(user_data), "mock"]))
