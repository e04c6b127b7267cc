"""The rooms of the package, and which way imports go between them. Reads the source; imports nothing of it.

    errors, clock, model -> metrics, stats, sla, load.arrivals, hardware, fit -> client, load, workloads, weights, ...
        -> runs -> sinks -> plugin, options, catalog, cli ...
    (each knows only what stands before it, however it is imported)

When a test here fails, it names an import that points the wrong way. Turn the import round instead of allowing it:

- A room needs what stands above it: have it handed in as an argument. `catalog` holds registries and `runs` passes
  them on, so that no room has to know another's members.
- Two I/O rooms need the same thing: it is a concept, so move it to `model`; or it is what one of them offers, so
  move its protocol to that room's `base` module. To combine two rooms is the work of `runs`.
- Two modules import each other: the part that both need is a third one.
- A module is in no room: add its room to ROOMS, where its imports allow, and to the picture in the project's docs.
- A clock is read: add to `clock` what is needed, so that no two clocks are mixed by accident.
- A heavy import at the top: move it into the function that needs it, so that collecting stays instant.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "pytest_fmbench"

MODEL, PURE, IO, RUNS, SINKS, TOP = range(6)
ROOMS = {
    **dict.fromkeys(("errors", "clock", "model"), MODEL),
    **dict.fromkeys(("metrics", "stats", "sla", "load.arrivals", "hardware", "fit", "quality", "recommend"), PURE),
    **dict.fromkeys(("client", "load", "workloads", "weights", "tokens", "platforms", "stacks", "telemetry"), IO),
    **dict.fromkeys(("store", "spend", "testing", "presets"), IO),
    "runs": RUNS,
    "sinks": SINKS,
    **dict.fromkeys(("", "catalog", "cli", "compat", "copying", "hookspecs", "junit_cases", "options"), TOP),
    **dict.fromkeys(("allure_observer", "assembly", "collecting", "items", "judging", "money", "paid"), TOP),
    **dict.fromkeys(
        ("planning", "plugin", "progress", "registering", "reporting", "resuming", "scheduling", "spending", "stash"),
        TOP,
    ),
    **dict.fromkeys(("missing", "remaining", "target"), TOP),
}
"""The level of each room; the empty name is the package itself, which holds the public names."""

KNOW_THE_CATALOG = {"assembly", "collecting", "target", "cli", "paid"}
BESIDE = {("sla", "metrics"), ("sla", "stats"), ("fit", "hardware"), ("quality", "metrics")}
"""Who may import whom within a level, besides another I/O room's `base`."""

HEAVY = {
    "allure",
    "boto3",
    "fsspec",
    "botocore",
    "genai_prices",
    "datasets",
    "matplotlib",
    "otava",
    "prometheus_client",
    "psutil",
    "pynvml",
    "ray",
    "torch",
    "transformers",
    "huggingface_hub",
    "lm_eval",
    "xllamacpp",
}
TYPING = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
SUITE = {"benchmarks", "conftest", "fixtures", "tests"}
CLOCKS = {"now", "today", "utcnow"}


class Import(NamedTuple):
    """An import: what, where, and whether it runs with the module or is for type checkers only."""

    target: str
    line: int
    at_top: bool = True
    for_types: bool = False

    @property
    def distribution(self) -> str:
        return self.target.partition(".")[0]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


TREES = {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / PACKAGE).rglob("*.py"))}


def imports_of(tree: ast.Module, module: str = PACKAGE, modules: Mapping[str, object] = TREES) -> Iterator[Import]:
    """Every import of ``tree``; ``from a import b`` is one of ``a.b`` where that is a module."""
    functions = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    later = {inner for function in functions for inner in ast.walk(function)}
    guards = (node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) in TYPING)
    typed = {inner for guard in guards for statement in guard.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for target in targets_of(node, module, modules):
                yield Import(target, node.lineno, node not in later, node in typed)


def targets_of(node: ast.Import | ast.ImportFrom, module: str, modules: Mapping[str, object]) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    source = resolve_name("." * node.level + (node.module or ""), module)
    full = {f"{source}.{alias.name}" for alias in node.names}
    return {name if name in modules else source for name in full}


IMPORTS = {module: list(imports_of(tree, module)) for module, tree in TREES.items()}
FOUND = [(module, found) for module, imports in IMPORTS.items() for found in imports]


def room_of(module: str) -> str:
    inside = module.removeprefix(PACKAGE).removeprefix(".")
    within = [room for room in ROOMS if room and f"{inside}.".startswith(f"{room}.")]
    return max(within, key=len, default=inside.partition(".")[0])


def allowed(importer: str, imported: str) -> bool:
    ours, theirs = room_of(importer), room_of(imported)
    if ours == theirs or ROOMS[ours] == TOP:
        return True
    if ROOMS[ours] != ROOMS[theirs]:
        return ROOMS[ours] > ROOMS[theirs]
    protocol = ROOMS[ours] == IO and imported.endswith(".base")
    return ROOMS[ours] == MODEL or protocol or (ours, theirs) in BESIDE


def clock_reads(tree: ast.Module) -> Iterator[int]:
    """Lines that read a clock, or get hold of one: anything of `time` but `sleep`, and the current date."""
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    aliases = {alias.asname or alias.name for node in imported for alias in node.names if alias.name == "time"}
    for node in ast.walk(tree):
        if isinstance(node, (ast.ImportFrom, ast.Attribute, ast.Call)) and reads_clock(node, aliases):
            yield node.lineno


def reads_clock(node: ast.ImportFrom | ast.Attribute | ast.Call, aliases: set[str]) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and any(alias.name != "sleep" for alias in node.names)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == "time"  # of an event loop
    of_time = isinstance(node.value, ast.Name) and node.value.id in aliases
    return node.attr in CLOCKS or (of_time and node.attr != "sleep")


def none(found: list[str], rule: str) -> None:
    if found:
        pytest.fail("\n".join([f"{rule}; what to do is written at the top of {Path(__file__).name}", *found]), False)


def told(found: list[tuple[str, Import]]) -> list[str]:
    return [f"  {module}:{one.line} imports {one.target}" for module, one in found]


def test_every_module_is_in_a_room() -> None:
    none([module for module in TREES if room_of(module) not in ROOMS], "a module is in no room")


def test_imports_go_one_way() -> None:
    inside = [(module, one) for module, one in FOUND if one.distribution == PACKAGE]
    none(told([(module, one) for module, one in inside if not allowed(module, one.target)]), "the wrong way")


def test_no_modules_import_each_other() -> None:
    graph = {module: {one.target for one in found if not one.for_types} & {*TREES} for module, found in IMPORTS.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        none([f"  {' <- '.join(error.args[1])}"], "a cycle")


def test_below_the_plugin_nobody_knows_pytest() -> None:
    below = [(module, one) for module, one in FOUND if ROOMS[room_of(module)] < TOP]
    none(told([(module, one) for module, one in below if one.distribution in {"pytest", "_pytest"}]), "pytest is known")


def test_the_catalog_is_for_the_plugin_and_the_command_line() -> None:
    known = [(module, one) for module, one in FOUND if one.target == f"{PACKAGE}.catalog"]
    none(
        told([(module, one) for module, one in known if room_of(module) not in KNOW_THE_CATALOG]),
        "the catalog is known",
    )


def test_the_package_does_not_know_the_suite() -> None:
    none(told([(module, one) for module, one in FOUND if one.distribution in SUITE]), "the suite is imported")


def test_heavy_imports_stay_inside_functions() -> None:
    top = [(module, one) for module, one in FOUND if one.at_top and not one.for_types]
    none(told([(module, one) for module, one in top if one.distribution in HEAVY]), "a heavy import at the top")


def test_only_one_file_reads_clocks() -> None:
    others = {module: tree for module, tree in TREES.items() if room_of(module) != "clock"}
    none([f"  {module}:{line}" for module, tree in others.items() for line in clock_reads(tree)], "a clock is read")


def test_the_supervisor_needs_nothing_but_python() -> None:
    found = [(module, one) for module, one in FOUND if module.endswith((".supervise", ".afterwards"))]
    assert len({module for module, _ in found}) == 2
    none(told([pair for pair in found if pair[1].distribution not in sys.stdlib_module_names]), "it must stand alone")


def test_only_the_registry_and_the_public_face_import_by_name() -> None:
    by_name = {"__import__", "import_module", "importlib"}
    calls = [(module, node) for module, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assert {module for module, node in calls if node.id in by_name} == {PACKAGE, f"{PACKAGE}.model.registry"}


@pytest.mark.parametrize("module", [PACKAGE, f"{PACKAGE}.plugin"])
def test_importing_costs_nothing(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{'numpy', 'pyarrow', 'httpx'}} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "\n"


@pytest.mark.parametrize(
    ("importer", "imported", "expected"),
    [
        ("model.record", "errors", True),
        ("model.record", "stats.means", False),
        ("stats.means", "metrics.base", False),
        ("metrics.ttft", "sla", False),
        ("sla.judge", "stats", True),
        ("sla.grammar", "metrics.base", True),
        ("load.arrivals", "load.driver", False),
        ("load.driver", "load.arrivals", True),
        ("load.arrivals.shapes", "load.arrivals.base", True),
        ("load.arrivals.shapes", "load.share", False),
        ("load.arrivalsish", "load.driver", True),
        ("stats.means", "client.sse", False),
        ("client.decoding", "store.spool", False),
        ("platforms.local", "stacks.base", True),
        ("store.spool", "model.exchange", True),
        ("store.spool", "runs.run", False),
        ("runs.measure", "store.spool", True),
        ("runs.run", "sinks.table", False),
        ("sinks.table", "runs.run", True),
        ("sinks.table", "plugin", False),
        ("plugin", "sinks.junit", True),
        ("model.record", "", False),
        ("", "workloads.chat", True),
    ],
)
def test_this_file_knows_which_way_is_wrong(importer: str, imported: str, expected: bool) -> None:
    assert allowed(*(f"{PACKAGE}.{name}".removesuffix(".") for name in (importer, imported))) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a.b, c", [Import("a.b", 1), Import("c", 1)]),
        ("from p import m, name", [Import("p", 1), Import("p.m", 1)]),
        ("from . import m", [Import("p.m", 1)]),
        ("from .m import name", [Import("p.m", 1)]),
        ("try:\n    import a\nexcept ImportError:\n    pass", [Import("a", 2)]),
        ("def f():\n    import a", [Import("a", 2, at_top=False)]),
        ("class C:\n    import a\n    async def f(self):\n        import b", [Import("a", 2), Import("b", 4, False)]),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", [Import("a", 2, for_types=True), Import("b", 4)]),
    ],
)
def test_this_file_sees_every_import(source: str, expected: list[Import]) -> None:
    assert sorted(imports_of(ast.parse(source), "p", {"p": 0, "p.m": 0})) == expected


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("import time\ntime.sleep(1)", False),
        ("from time import sleep", False),
        ("from datetime import timedelta", False),
        ("import time\ntime.monotonic_ns()", True),
        ("import time as t\nread = t.perf_counter", True),
        ("from time import time", True),
        ("from datetime import datetime\ndatetime.now()", True),
        ("import datetime\ndatetime.date.today()", True),
        ("asyncio.get_running_loop().time()", True),
    ],
)
def test_this_file_sees_every_clock(source: str, reads: bool) -> None:
    assert bool([*clock_reads(ast.parse(source))]) is reads
