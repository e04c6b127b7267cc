from __future__ import annotations

from pytest_fmbench.sinks.certificate import lines


def test_a_field_is_what_it_means_and_how_large_it_is() -> None:
    certificate = {"late_p99_ns": 1_500_000, "steal_share": 0.02, "reconnects": 3, "round_trip_ns": None}
    assert [*lines({"certificate": certificate})] == [
        "late_p99_ns  all but 1 % began within                                    1.5 ms",
        "steal_share  share of this machine's cores that its host took            2%",
        "reconnects   requests sent again because a reused connection was closed  3",
    ]


def test_without_any_there_is_nothing_to_tell() -> None:
    assert [*lines({"certificate": {}})] == []
