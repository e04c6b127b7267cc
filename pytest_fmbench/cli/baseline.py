"""``fmbench baseline``: sessions that later ones are held against, kept by name or as a file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from pytest_fmbench.cli.base import Command
from pytest_fmbench.cli.report import Found, find
from pytest_fmbench.errors import StoreError


def _arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", dest="action", required=True)
    save = actions.add_parser("save", help="keep a session under a name")
    save.add_argument("name", metavar="NAME", help="what --fmbench-baseline will call it, such as main")
    told = "a session's folder, a folder of sessions (the newest counts), or a case's folder (fmbench-out)"
    save.add_argument("folder", metavar="DIR", nargs="?", default="fmbench-out", help=told)
    save.add_argument("--to", metavar="FILE", help="write it to this file instead, which --fmbench-baseline takes too")
    save.add_argument("--replace", action="store_true", help="in place of one that is there already")
    save.set_defaults(act=_save)
    actions.add_parser("list", help="show those that there are").set_defaults(act=_list)
    remove = actions.add_parser("remove", help="forget one")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(act=_remove)


def _run(arguments: Namespace) -> int:
    arguments.act(arguments)
    return 0


def _save(arguments: Namespace) -> None:
    from pytest_fmbench.clock import wall_iso
    from pytest_fmbench.runs.baselines.finding import read_all, see_that_they_can_be_one
    from pytest_fmbench.store import named
    from pytest_fmbench.store.packed import pack

    place = named.place_of(arguments.name)
    target = Path(arguments.to) if arguments.to else place
    found = find(Path(arguments.folder))
    see_that_they_can_be_one(found.cases)
    read_all(found.cases)
    manifest = {"name": arguments.name, "saved": wall_iso(), "session": _session_of(found), "cases": len(found.cases)}
    named.write(target, lambda draft: pack(draft, manifest, found.made_with, found.cases), replace=arguments.replace)
    print(f"saved {_counted(len(found.cases))} of session {manifest['session']} as {arguments.name!r}: {target}")


def _list(_: Namespace) -> None:
    from pytest_fmbench.store import named

    for line in [*map(_told, named.names())] or ["there is none; fmbench baseline save NAME makes one"]:
        print(line)


def _remove(arguments: Namespace) -> None:
    from pytest_fmbench.store import named

    named.remove(arguments.name)
    print(f"removed {arguments.name!r}")


def _session_of(found: Found) -> str:
    return found.made_with.absolute().parent.name


def _told(name: str) -> str:
    return "  ".join((name, *_facts(name)))


def _facts(name: str) -> Iterator[str]:
    from pytest_fmbench.store.named import place_of
    from pytest_fmbench.store.packed import Packed

    try:
        stored = Packed(place_of(name))
    except StoreError as error:
        yield f"cannot be used: {error}"
        return
    yield _counted(len(stored.cases))
    yield f"session {stored.manifest.get('session')}"
    yield f"saved {stored.manifest.get('saved')}"


def _counted(cases: int) -> str:
    return f"{cases} case{'' if cases == 1 else 's'}"


COMMAND = Command("baseline", "keep a session, so that later ones are held against it", _arguments, _run)
