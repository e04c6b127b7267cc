"""``fmbench init``: a small suite of one's own, ready to run."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from importlib.resources import files
from pathlib import Path

from pytest_fmbench.cli.base import Command
from pytest_fmbench.errors import StoreError, UsageError

TEMPLATES = {
    "benchmarks/conftest.py": "conftest.py.txt",
    "benchmarks/test_chat.py": "test_chat.py.txt",
    ".github/workflows/fmbench.yml": "fmbench.yml.txt",
}
"""Each file of the suite, and what it is written from. They end in .txt so that no tool takes them for our code."""

_RECORDS = "fmbench-out"
_NEXT = """\
next:
  python -m pip install 'pytest-fmbench[local]'
  pytest benchmarks/"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="your repository (this folder)")


def _run(arguments: Namespace) -> int:
    folder, templates = Path(arguments.folder), files("pytest_fmbench") / "templates"
    _refuse_to_overwrite(folder)
    for name, template in TEMPLATES.items():
        _write(folder / name, (templates / template).read_text("utf-8"))
        print(f"wrote {folder / name}")
    print(_NEXT if arguments.folder == "." else _NEXT.replace("next:", f"next:\n  cd {shlex.quote(str(folder))}"))
    if _would_be_committed(folder):
        print(f"  echo {_RECORDS}/ >> .gitignore  # where sessions are written")
    return 0


def _would_be_committed(folder: Path) -> bool:
    """Whether git would take what sessions write, as far as the repository's own file says."""
    ignored = folder / ".gitignore"
    try:
        return (folder / ".git").exists() and not (ignored.is_file() and _RECORDS in ignored.read_text("utf-8"))
    except (OSError, ValueError):  # it is only a hint
        return False


def _refuse_to_overwrite(folder: Path) -> None:
    # a link that leads nowhere is somebody's file too
    taken = [path for path in (folder / name for name in TEMPLATES) if path.exists() or path.is_symlink()]
    if taken:
        listed = "\n".join(f"  {path}" for path in taken)
        raise UsageError(f"nothing was written, because these are there already:\n{listed}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error


COMMAND = Command("init", "write a small suite of benchmarks, and its CI, into your repository", _arguments, _run)
