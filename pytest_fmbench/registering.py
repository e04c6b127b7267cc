"""The plugins beside ours that only some sessions need."""

from __future__ import annotations

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.planning import Planning
from pytest_fmbench.remaining import REMAINING, Remaining
from pytest_fmbench.reporting import Reporting
from pytest_fmbench.stash import FOLDER, SETTINGS


def register_others(config: pytest.Config) -> None:
    """Register those that the options ask for.

    :raises UsageError: pytest's, for a session that cannot be resumed.
    """
    settings, register = config.stash[SETTINGS], config.pluginmanager.register
    if not hasattr(config, "workerinput"):
        register(Remaining(settings.duration_s), REMAINING)
    if settings.plan:  # which is all that is reported then
        register(Planning(config), "fmbench-planning")
        return
    if not hasattr(config, "workerinput"):
        register(Reporting(config.stash[FOLDER], settings.require), "fmbench-reporting")
        if settings.copy_to is not None:
            from pytest_fmbench.copying import Copying
            from pytest_fmbench.store.remote import Remote

            try:
                register(Copying(config.stash[FOLDER], Remote(settings.copy_to)), "fmbench-copying")
            except UsageError as error:
                raise pytest.UsageError(f"--fmbench-output {error}") from None
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
