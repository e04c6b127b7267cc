"""Print one of the README's two commands: ``python tests/support/readme.py main|test``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def command(name: str) -> str:
    """The shell block that follows the comment ``<!-- command: name -->``."""
    found = re.search(rf"<!-- command: {name} -->\n+```sh\n(.*?)\n```", README.read_text(encoding="utf-8"), re.DOTALL)
    if not found:
        raise LookupError(f"{README} has no command {name!r}")
    return found[1]


if __name__ == "__main__":
    print(command(sys.argv[1]))  # it is what the script is for
