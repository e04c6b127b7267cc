"""Small tasks of this project's own, whose tools lie in memory: each a function that makes one of what it draws."""

from __future__ import annotations

from pytest_fmbench.workloads.agents.suite import calculator, calendar, delegating, files, reports, stores, unreliable
from pytest_fmbench.workloads.agents.task import Maker

SUITE: tuple[Maker, ...] = (
    calculator.sum_of_two,
    calculator.chained,
    calculator.three_products,
    calculator.shared_bill,
    stores.read_one,
    stores.follow_the_chain,
    stores.swap,
    stores.tidy_up,
    stores.raise_a_price,
    calendar.when_is_it,
    calendar.book_the_first_free_hour,
    calendar.busiest_day,
    files.find_the_number,
    files.add_two_files,
    files.write_a_summary,
    reports.stock_report,
    unreliable.ask_again,
    delegating.two_folders,
)
"""In an order from short to long."""
