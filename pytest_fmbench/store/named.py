"""Baselines by name: where they lie, and who may write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from pytest_fmbench.errors import StoreError, UnknownName, UsageError
from pytest_fmbench.store.base import STATE_VARIABLE, state_root

_SUFFIX = ".zip"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=-]{0,99}")
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE)
_PATIENCE_S = 60.0


def place_of(name: str) -> Path:
    """Where the baseline ``name`` lies, whether or not it is there.

    :raises UsageError: for what cannot be a name.
    """
    if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a baseline: give 1 to 100 letters, digits and any of . _ + = -, such as main or v1.2"
        )
    return _folder() / f"{name}{_SUFFIX}"


def names() -> list[str]:
    """Those that there are."""
    try:
        found = [path.name.removesuffix(_SUFFIX) for path in _folder().glob(f"*{_SUFFIX}")]
    except OSError as error:
        raise StoreError(f"cannot read {_folder()}: {error}") from error
    return sorted(filter(_NAME.fullmatch, found))


def known(name: str) -> Path:
    """Where the baseline ``name`` lies.

    :raises UnknownName: when there is none of that name.
    """
    if name not in names():
        raise UnknownName("baseline", name, names())
    return place_of(name)


def write(target: Path, make: Callable[[Path], None], *, replace: bool) -> None:
    """Put a file in place of ``target``, whole or not at all.

    :param make: writes it where it is told to.
    :param replace: another one may be there already.
    :raises UsageError: when one is there that may not be replaced.
    :raises StoreError: when it cannot be written, or others keep on writing.
    """
    with _alone():
        if target.exists() and not replace:
            raise UsageError(f"{target} is there already: --replace replaces it, another name keeps both")
        draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            make(draft)
            draft.replace(target)
        except OSError as error:
            raise StoreError(f"cannot write {target}: {error}") from error
        finally:
            draft.unlink(missing_ok=True)


def remove(name: str) -> None:
    """Forget the baseline ``name``.

    :raises UnknownName: when there is none of that name.
    :raises StoreError: when it cannot be removed.
    """
    with _alone():
        path = known(name)
        try:
            path.unlink()
        except OSError as error:
            raise StoreError(f"cannot remove {path}: {error}") from error


def _folder() -> Path:
    return state_root() / "baselines"


@contextmanager
def _alone() -> Iterator[None]:
    """Keeps every other process out that writes baselines, wherever it writes them."""
    try:
        _folder().mkdir(parents=True, exist_ok=True)
        with FileLock(_folder() / ".lock", timeout=_PATIENCE_S):
            yield
    except Timeout as error:
        raise StoreError(f"others have been writing baselines for {_PATIENCE_S:g} s; try again") from error
    except OSError as error:
        raise StoreError(f"cannot write to {_folder()}: {error}; {STATE_VARIABLE} names another folder") from error
