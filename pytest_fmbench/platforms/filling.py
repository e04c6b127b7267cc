"""What a plan leaves open: places to be filled in, and files to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from pytest_fmbench.errors import StoreError


def places_for(weights: str, files: str, host: str, port: int, metrics_port: int = 0) -> dict[str, str]:
    """What stands for the names in braces.

    :param weights: path of them, as the server sees it; empty where none are asked for.
    :param files: folder of the plan's files, likewise.
    """
    ports = {"port": str(port), "metrics_port": str(metrics_port)}
    return {"weights": weights, "weights.name": PurePath(weights).name, "files": files, "host": host, **ports}


def filled(words: Iterable[str], places: Mapping[str, str]) -> list[str]:
    """``words``, with ``{name}`` replaced by the place of that name."""
    # not str.format: arguments may hold braces of their own, such as JSON
    found = list(words)
    for name, value in places.items():
        found = [word.replace("{" + name + "}", value) for word in found]
    return found


def filled_values(variables: Mapping[str, str], places: Mapping[str, str]) -> dict[str, str]:
    """The same of what variables are set to."""
    return dict(zip(variables, filled(variables.values(), places), strict=True))


def asks_for(place: str, *texts: Iterable[str]) -> bool:
    """Whether ``{place}`` is to be filled in anywhere."""
    return any("{" + place + "}" in text for one in texts for text in one)


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write texts by their relative path below ``folder``.

    :raises StoreError: when one cannot be written.
    :raises ValueError: for a path that leads out of it.
    """
    for name, text in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"a plan's file {name!r} does not lie below its folder")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error}") from error
