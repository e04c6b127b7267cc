"""What can be known of a model without fetching anything: its configuration, if it is on this machine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fmbench.weights.cache import cache_root, place_of
from pytest_fmbench.weights.gguf_header import read_header
from pytest_fmbench.weights.hub_choice import matching
from pytest_fmbench.weights.hub_id import HubId, hub_id_of
from pytest_fmbench.weights.pinned import PINNED

CONFIG = "config.json"


@dataclass(frozen=True)
class AtHand:
    """A model on this machine.

    :param config: its ``config.json``; empty where it is a GGUF file.
    :param metadata: of its GGUF file; empty where it is none.
    :param size: of that file, in bytes.
    """

    config: Mapping[str, object] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)
    size: int = 0


def at_hand(model: str, quantization: str | None) -> AtHand | None:
    """What is known of ``model``; None where it is not here, or does not say.

    Looked at are a path, the folder of pinned models and the Hugging Face cache, whose form is at
    https://huggingface.co/docs/huggingface_hub/guides/manage-cache; its library is not imported, and nobody is asked.
    """
    for path in _places(model, quantization):
        found = _read(path)
        if found is not None:
            return found
    return None


def hub_cache() -> Path:
    """The folder that the hub's library would use, by the variables that it reads."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(name):
            return Path(os.environ[name]).expanduser()
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or str(Path(caches) / "huggingface")
    return Path(home).expanduser() / "hub"


def _places(model: str, quantization: str | None) -> list[Path]:
    path = Path(model).expanduser()
    if path.is_dir():
        return [path / CONFIG]
    if path.is_file():
        return [path]
    pinned = [one for one in PINNED if one.model == model and quantization in (None, one.quantization)]
    if pinned:
        return [place_of(pinned[0], cache_root())]
    wanted = hub_id_of(model)
    return _in_snapshot(wanted, quantization) if wanted else []


def _in_snapshot(wanted: HubId, quantization: str | None) -> list[Path]:
    """The one GGUF file that is meant, else the configuration."""
    folder = hub_cache() / f"models--{wanted.repository.replace('/', '--')}"
    try:
        commit = (folder / "refs" / "main").read_text("utf-8").strip()
    except OSError:
        return []
    snapshot = folder / "snapshots" / commit
    files = [one.relative_to(snapshot).as_posix() for one in snapshot.rglob("*.gguf")]
    meant = matching(files, wanted, quantization)
    return [snapshot / meant[0]] if len(meant) == 1 else [snapshot / CONFIG]


def _read(path: Path) -> AtHand | None:
    if path.name == CONFIG:
        config = _config(path)
        return AtHand(config=config) if config else None
    metadata = read_header(path)
    return AtHand(metadata=metadata, size=path.stat().st_size) if metadata else None


def _config(path: Path) -> Mapping[str, object]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # who serves it will say what is wrong with it
    return found if isinstance(found, dict) else {}
