"""How a file on the Hugging Face Hub is named."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
_HUB_ID = re.compile(rf"(?P<repository>{_WORD}/{_WORD})(?:/(?P<file>[^/\\]+\.gguf))?", re.IGNORECASE)


@dataclass(frozen=True)
class HubId:
    """A repository on the Hub, or one file of it.

    :param repository: ``org/name``.
    :param file: name of the wanted file; None is whichever fits.
    """

    repository: str
    file: str | None = None

    def __str__(self) -> str:
        return self.repository if self.file is None else f"{self.repository}/{self.file}"


def hub_id_of(model: str) -> HubId | None:
    """``model`` read as ``org/name`` or ``org/name/file.gguf``; None when it can be neither.

    Two parts that end in ``.gguf`` are a file in a folder, not a repository.
    """
    found = _HUB_ID.fullmatch(model)
    if found is None or (found["file"] is None and model.lower().endswith(".gguf")):
        return None
    return HubId(found["repository"], found["file"])
