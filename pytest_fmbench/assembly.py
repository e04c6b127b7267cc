"""The session's objects, put together from its options and the catalog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from pytest_fmbench.progress import observer_of
from pytest_fmbench.stash import BASELINE, FOLDER, OBJECTIVES, SETTINGS

if TYPE_CHECKING:
    import pytest

    from pytest_fmbench.load.engine import Engine
    from pytest_fmbench.options import Settings
    from pytest_fmbench.platforms.base import Server
    from pytest_fmbench.runs.baselines.against import Reference
    from pytest_fmbench.runs.bench import Bench
    from pytest_fmbench.runs.cap import TokenCap
    from pytest_fmbench.runs.plans.bench import PlanningBench, Tell
    from pytest_fmbench.runs.pool import Pool
    from pytest_fmbench.runs.sampling.watching import Watching
    from pytest_fmbench.store.packed import Stored


def pool_of(config: pytest.Config, items: Sequence[pytest.Item] = ()) -> Pool:
    """A pool of servers; nothing is started yet.

    :param items: the session's cases.
    """
    from pytest_fmbench.catalog import PLATFORMS, STACKS
    from pytest_fmbench.paid import book_of, ledger_of, surroundings_of, tariffs_of, tenancy_of
    from pytest_fmbench.runs.pool import Pool
    from pytest_fmbench.runs.tenancy.paying import Paying

    book = book_of(config, items)
    return Pool(
        PLATFORMS,
        STACKS,
        surroundings_of(config, book),
        config.stash[FOLDER] / "servers",
        observer_of(config).say,
        tenancy=tenancy_of(config, book),
        paying=Paying(ledger_of(config)),
        tariffs=tariffs_of(config),
    )


def bench_of(item: pytest.Item, pool: Pool, cap: TokenCap) -> Bench:
    """The ``fmbench`` of a case."""
    from pytest_fmbench.catalog import DIALECTS, METRICS
    from pytest_fmbench.load.processes import Processes
    from pytest_fmbench.load.threads import InProcess
    from pytest_fmbench.quality.figures import is_about_quality
    from pytest_fmbench.runs.bench import Bench
    from pytest_fmbench.runs.measure import Measuring
    from pytest_fmbench.runs.qualities.reading import StoreText
    from pytest_fmbench.runs.verdicts.sequential import Strictness
    from pytest_fmbench.store.session import file_name

    settings, objectives = item.config.stash[SETTINGS], item.stash[OBJECTIVES]
    engine: Engine = InProcess() if settings.engine == "inprocess" else Processes()
    if settings.load_from:
        from pytest_fmbench.load.elsewhere import Elsewhere

        engine = Elsewhere(settings.load_from)
    else:
        from pytest_fmbench.load.beside import BesideServers

        engine = BesideServers(engine)
    return Bench(
        case=item.name,
        folder=item.config.stash[FOLDER] / "cases" / file_name(item.nodeid),
        objectives=[one for one in objectives if not is_about_quality(one)],
        pool=pool,
        how=Measuring(
            DIALECTS,
            METRICS,
            settings.confidence,
            observer_of(item.config),
            cap,
            engine,
            settings.workers,
            cost_of=pool.cost_of,
            tariff_of=pool.tariff_of,
            leftovers=pool.leftovers,
            turn=_turns_of(item.config, pool),
        ),
        strictness=Strictness(settings.confidence, settings.tolerance),
        duration_s=settings.duration_s,
        sequential=settings.sequential,
        reference=_reference_of(item.config),
        watching=_watching_of(settings),
        promised=[one for one in objectives if is_about_quality(one)],
        keep=StoreText(settings.store_text),
    )


def planning_bench_of(item: pytest.Item, pool: Pool, tell: Tell) -> PlanningBench:
    """The ``fmbench`` of a case that is planned instead of run."""
    from pytest_fmbench.catalog import DIALECTS, METRICS
    from pytest_fmbench.quality.figures import is_about_quality
    from pytest_fmbench.runs.plans.bench import PlanningBench
    from pytest_fmbench.runs.verdicts.sequential import Strictness
    from pytest_fmbench.store.session import file_name

    settings, objectives = item.config.stash[SETTINGS], item.stash[OBJECTIVES]
    return PlanningBench(
        case=item.name,
        folder=item.config.stash[FOLDER] / "cases" / file_name(item.nodeid),
        objectives=[one for one in objectives if not is_about_quality(one)],
        pool=pool,
        dialects=DIALECTS,
        metrics=METRICS,
        strictness=Strictness(settings.confidence, settings.tolerance),
        duration_s=settings.duration_s,
        sequential=settings.sequential,
        sessions=settings.output,
        tell=tell,
    )


def _turns_of(config: pytest.Config, pool: Pool) -> Callable[[Server], AbstractContextManager[None]]:
    """How runs wait for their turn to generate load on this machine."""
    from os import cpu_count

    from pytest_fmbench.runs.tenancy.cores import Cores, slots_of
    from pytest_fmbench.store.base import state_root

    slots = slots_of(cpu_count() or 1, config.stash[SETTINGS].workers)
    cores = Cores(state_root() / "cores", slots, observer_of(config).say)
    return lambda server: cores.taken(whole=pool.shares_this_machine(server))


def _watching_of(settings: Settings) -> Watching | None:
    if settings.telemetry_s is None:
        return None
    from pytest_fmbench.catalog import SOURCES, STACKS
    from pytest_fmbench.runs.sampling.watching import Watching

    return Watching(SOURCES, STACKS, settings.telemetry_s, settings.dcgm_url)


def _reference_of(config: pytest.Config) -> Reference | None:
    """What ``--fmbench-baseline`` names, found when the session began."""
    baseline = config.stash[BASELINE]
    if baseline is None:
        return None
    from pytest_fmbench.runs.baselines.against import Reference

    return Reference(baseline, config.stash[SETTINGS].despite)


def baseline_of(config: pytest.Config) -> Stored | None:
    """The baseline that ``--fmbench-baseline`` names; None where there is no such option.

    :raises UsageError: when there is no such thing.
    :raises StoreError: when it cannot be read.
    """
    named = config.stash[SETTINGS].baseline
    if named is None:
        return None
    from pytest_fmbench.runs.baselines.finding import find_baseline

    return find_baseline(named, config.invocation_params.dir)
