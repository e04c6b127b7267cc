from __future__ import annotations

import numpy as np

from pytest_fmbench.sinks.html.thinning import extremes, ranks, tidy


def test_a_short_curve_is_kept_whole() -> None:
    assert extremes(np.arange(6.0), np.zeros(6), 2).tolist() == [0, 1, 2, 3, 4, 5]


def test_of_each_stretch_the_least_and_the_greatest_are_kept() -> None:
    y = np.array([5.0, 1.0, 9.0, 5.0, 5.0, 7.0, 2.0, 5.0, 5.0, 5.0])
    assert extremes(np.arange(10.0), y, 2).tolist() == [0, 1, 2, 5, 6, 9]


def test_stretches_are_equally_long_in_time_not_in_points() -> None:
    x = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 10.0])
    y = np.array([0.0, 3.0, 0.0, 1.0, -2.0, 0.0, 0.0, 4.0])
    assert extremes(x, y, 2).tolist() == [0, 1, 4, 7]


def test_of_a_distribution_the_ends_and_most_of_the_tail_are_kept() -> None:
    kept = ranks(100_000, 160)
    assert kept[0] == 0
    assert kept[-3:].tolist() == [99_997, 99_998, 99_999]
    assert kept.size <= 160
    assert ranks(5, 160).tolist() == [0, 1, 2, 3, 4]


def test_numbers_have_as_many_digits_as_a_screen_shows() -> None:
    assert tidy([1 / 3, 123456.789, 0.0]) == [0.33333, 123460.0, 0.0]
