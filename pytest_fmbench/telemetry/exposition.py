"""Pages in Prometheus' text form, as readings of ours. Pure.

Read by Prometheus' own client library. A counter is found with and without ``_total``, a histogram by its three
series; series of other labels (of several models, engines) are added up, or averaged where the vocabulary says so.
Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pytest_fmbench.errors import TelemetryFault
from pytest_fmbench.model.telemetry import Series, Told
from pytest_fmbench.telemetry.base import Reading

Labels = Mapping[str, str]
Page = Mapping[str, Sequence[tuple[Labels, float]]]
"""Samples by name."""


def page_of(text: str, names: Iterable[str] = ()) -> Page:
    """What a page says, by the names of its samples; what is no number is left out.

    :param names: read only what is called so, since to read all of a large page takes several times as long; none
        reads all.
    :raises TelemetryFault: when it is no such page.
    """
    from prometheus_client.parser import text_string_to_metric_families

    found = defaultdict[str, list[tuple[Labels, float]]](list)
    try:
        for family in text_string_to_metric_families(_about(text, names)):
            for sample in family.samples:
                if math.isfinite(sample.value):
                    found[sample.name].append((sample.labels, float(sample.value)))
    except Exception as error:  # the parser raises what it happens to stumble over, as IndexError
        raise TelemetryFault(f"no page of metrics: {type(error).__name__}: {error}") from error
    return dict(found)


def _about(text: str, names: Iterable[str]) -> str:
    """The lines of ``text`` that are about ``names``."""
    bare = [name.removesuffix("_total") for name in names]
    beginnings = (*bare, *(f"# TYPE {name}" for name in bare))
    return "\n".join(line for line in text.split("\n") if line.startswith(beginnings)) if bare else text


def readings(
    page: Page, names: Mapping[str, str], words: Mapping[str, Told], device: Callable[[Labels], str] = lambda _: ""
) -> Iterator[Reading]:
    """What ``page`` says of our ``words``; what it does not have is not there.

    :param names: our words, and what the page calls them.
    :param device: of a sample's labels; those of one device are put together.
    """
    for word, name in names.items():
        told = words[word]
        if told.series is Series.HISTOGRAM:
            yield from _histogram(page, word, name)
        else:
            yield from _single(_samples(page, name), word, told, device)


def _samples(page: Page, name: str) -> Sequence[tuple[Labels, float]]:
    """The parser calls a counter by its name with ``_total``, whatever the page did."""
    bare = name.removesuffix("_total")
    return page.get(name) or page.get(f"{bare}_total") or page.get(bare) or ()


def _single(
    samples: Sequence[tuple[Labels, float]], word: str, told: Told, device: Callable[[Labels], str]
) -> Iterator[Reading]:
    values = defaultdict[str, list[float]](list)
    for labels, value in samples:
        values[device(labels)].append(value)
    for one, several in values.items():
        yield from _known(word, _sum(several) / len(several) if told.averaged else _sum(several), one)


def _histogram(page: Page, word: str, name: str) -> Iterator[Reading]:
    buckets = defaultdict[float, list[float]](list)
    for labels, count in page.get(f"{name}_bucket", ()):
        if not math.isnan(bound := _bound(labels)):
            buckets[bound].append(count)
    for bound in sorted(buckets):
        yield from _known(f"{word}_bucket", _sum(buckets[bound]), bound=bound)
    for part in ("sum", "count"):
        if samples := page.get(f"{name}_{part}"):
            yield from _known(f"{word}_{part}", _sum([value for _, value in samples]))


def _known(name: str, value: float, device: str = "", bound: float | None = None) -> Iterator[Reading]:
    if math.isfinite(value):
        yield Reading(name, value, device, bound)


def _sum(values: Sequence[float]) -> float:
    try:
        return math.fsum(values)  # the same in any order
    except OverflowError:
        return math.inf


def _bound(labels: Labels) -> float:
    try:
        return float(labels.get("le", "nan"))
    except ValueError:
        return math.nan
