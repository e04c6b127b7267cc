"""Rubrics by name.

``helpful``, ``accurate`` and ``correct`` are what FMBench asks its panel of judges
(https://aws-samples.github.io/foundation-model-benchmarking-tool/accuracy.html), in words of our own: of the first two
a point is lost for each fault, two points are the most, and more faults make it the lowest grade, so that nothing has
the grade 2; of the last, any of several right answers will do.
"""

from __future__ import annotations

from collections.abc import Iterable

from pytest_fmbench.errors import UnknownName
from pytest_fmbench.quality.judges.rubric import Rubric

_FAULTS = {5: "no fault", 4: "one fault", 3: "two faults", 1: "more than two faults"}

HELPFUL = Rubric.scale(
    "helpful",
    "Count what it lacks as help. It should understand what is wanted, not only what is written; do what was asked, "
    "or try to; name another way where what was asked cannot be done; know its subject well enough to be of use; mind "
    "what the person needs and cares for; spare them time and work; and be plain to readers who know more and who know "
    "less. Each of these that it fails is a fault. Be strict: a fault is a fault, also a small one.",
    _FAULTS,
)
ACCURATE = Rubric.scale(
    "accurate",
    "Count where it is not accurate. Its facts should be right and agree with what the question says; it should keep "
    "to the question; leave out nothing that matters; not contradict itself or what was given; be about this very "
    "question and not about such questions at large; take no side unless it is asked to; be clear and brief; be up to "
    "date; and know the terms of its subject. Each of these that it fails is a fault. Be strict: a fault is a fault, "
    "also a small one.",
    _FAULTS,
)
CORRECT = Rubric.choice(
    "correct",
    "Say whether it means the same as what is right. Where several right answers are given, or one holds several with "
    "commas between them, it is enough to mean one of them. Other words, another order and more than was asked for do "
    "not matter as long as the question is answered rightly.",
    {"correct": (1.0, "it means the same as a right answer"), "incorrect": (0.0, "it does not")},
    reference=True,
)
BETTER = Rubric.pairs(
    "better",
    "Say which serves the person who asked better: the one that is right, does what was asked and is clear. Neither "
    "the order in which they are shown nor their lengths count.",
)

RUBRICS = {one.name: one for one in (HELPFUL, ACCURATE, CORRECT, BETTER)}


def rubric_of(named: str | Rubric, known: Iterable[str] = RUBRICS) -> Rubric:
    """The rubric of that name, or the one that is given.

    :raises UnknownName: for a name that there is not.
    """
    if isinstance(named, Rubric):
        return named
    if named not in RUBRICS:
        raise UnknownName("rubric", named, known)
    return RUBRICS[named]
