"""The ``fmbench`` command: what needs no test session.

| exit code | meaning |
|---|---|
| 0 | done; for a report also: every verdict is a pass; a model that was asked about fits; a deployment would do |
| 1 | something is no pass; a recent regression, where asked; a model does not fit; none would do; reap leaves some |
| 2 | it could not be done; why is said on standard error |

Adding a command is its file and its place in :data:`COMMANDS`.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from pytest_fmbench.cli.base import Command
from pytest_fmbench.cli.baseline import COMMAND as BASELINE
from pytest_fmbench.cli.doctor import COMMAND as DOCTOR
from pytest_fmbench.cli.export import COMMAND as EXPORT
from pytest_fmbench.cli.fit import COMMAND as FIT
from pytest_fmbench.cli.history import COMMAND as HISTORY
from pytest_fmbench.cli.init import COMMAND as INIT
from pytest_fmbench.cli.prices import COMMAND as PRICES
from pytest_fmbench.cli.reap import COMMAND as REAP
from pytest_fmbench.cli.recommend import COMMAND as RECOMMEND
from pytest_fmbench.cli.report import COMMAND as REPORT
from pytest_fmbench.cli.stacks import COMMAND as STACKS
from pytest_fmbench.errors import FmbenchError, UsageError

_CUT_OFF = 128 + 13
"""The exit code of what SIGPIPE ends."""

COMMANDS: tuple[Command, ...] = (REPORT, EXPORT, HISTORY, BASELINE, INIT, DOCTOR, FIT, STACKS, PRICES, RECOMMEND, REAP)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    :param argv: what follows ``fmbench``; the process's own arguments where it is not given.
    :raises SystemExit: for ``--help`` only.
    """
    try:
        arguments = _parser().parse_args(argv)
        code = int(_version() if arguments.version else arguments.run(arguments))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # where the interpreter's last flush goes
        return _CUT_OFF
    except FmbenchError as error:
        print(f"fmbench: {error}", file=sys.stderr)
        return 2
    return code


class _Parser(ArgumentParser):
    """Raises what it has to complain about, so that it ends as every other mistake does."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")


def _ask_for_a_command(parser: ArgumentParser, _: Namespace) -> NoReturn:
    raise UsageError(f"give a command\n{parser.format_help().rstrip()}")


def _version() -> int:
    from importlib.metadata import version

    print(f"pytest-fmbench {version('pytest-fmbench')}")
    return 0


def _parser() -> ArgumentParser:
    parser = _Parser("fmbench", description="Benchmarks of foundation-model serving, outside of a test session.")
    parser.add_argument("--version", action="store_true", help="tell which version this is")
    parser.set_defaults(run=partial(_ask_for_a_command, parser))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        made = commands.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(made)
        made.set_defaults(run=command.run)
    return parser
