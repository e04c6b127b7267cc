"""The plugins beside ours that only some sessions need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fmbench.planning import Planning
from pytest_fmbench.reporting import Reporting
from pytest_fmbench.stash import FOLDER, SETTINGS

if TYPE_CHECKING:
    import pytest


def register_others(config: pytest.Config) -> None:
    """Register those that the options ask for.

    :raises UsageError: pytest's, for a session that cannot be resumed.
    """
    settings, register = config.stash[SETTINGS], config.pluginmanager.register
    if settings.plan:  # which is all that is reported then
        register(Planning(config), "fmbench-planning")
        return
    if not hasattr(config, "workerinput"):
        register(Reporting(config.stash[FOLDER], settings.require), "fmbench-reporting")
        if config.getoption("xmlpath", None):
            from pytest_fmbench.junit_cases import JUnitCases

            register(JUnitCases(config.getoption("xmlpath"), settings.junit), "fmbench-junit")
    if settings.resume is not None:
        from pytest_fmbench.resuming import Resuming

        register(Resuming(config, settings.resume), "fmbench-resuming")
    if settings.budget_usd is not None:
        from pytest_fmbench.spending import Spending

        register(Spending(config), "fmbench-spending")
    if config.getoption("allure_report_dir", None):  # which only allure-pytest declares
        from pytest_fmbench.allure_observer import ALLURE, AllureCases

        register(AllureCases(config), ALLURE)
