"""What ``fmbench.quality(...)`` returns: scores that compare like numbers, and the answers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.errors import FmbenchError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Verdict
from pytest_fmbench.quality.figures import DELTA
from pytest_fmbench.runs.qualities.figures import Figures
from pytest_fmbench.store.answers import to_table

if TYPE_CHECKING:
    import pyarrow as pa


class Scored(Estimate):
    """A figure that has a difference to the baseline's: ``found.f1.delta``."""

    figures: Figures

    @property
    def delta(self) -> Estimate:
        """That of the candidate less that of the baseline, over the same items, as a share: -0.01 is 1 pp worse.

        :raises UsageError: where there is no baseline.
        """
        return self.figures.estimate(f"{self.name.partition('.')[2]}{DELTA}")


@dataclass(frozen=True)
class Length:
    """How long answers are; only against a baseline is it a figure."""

    figures: Figures

    @property
    def delta(self) -> Estimate:
        """Output tokens of the candidate over those of the baseline, less 1.

        :raises UsageError: where there is no baseline.
        """
        return self.figures.estimate(f"length{DELTA}")


@dataclass
class Quality:
    """How good a deployment's answers to a task are: ``found.score``, ``found.f1``, ``found.wrong``.

    :param deployment: its id; ``baseline`` is that of what it is held against, None where that is nothing.
    :param folder: where ``quality.json`` is.
    :param records: folders of the answers: of this deployment, asked alone, and of the baseline, as far as there are.
    :param fields: of every request's JSON.
    :param objectives: what it is judged by.
    :param verdicts: filled in when the case is judged, after the test function.
    :param usd: what it cost, in dollars; None where nobody pays for it.
    :param made_with: what else its answers depend on; of a task of lm-evaluation-harness its own figures too.
    """

    name: str
    deployment: str
    figures: Figures = field(repr=False)
    folder: Path
    records: Mapping[str, Path]
    concurrency: int
    fields: Mapping[str, object]
    baseline: str | None = None
    objectives: tuple[Objective, ...] = ()
    verdicts: list[Verdict] = field(default_factory=list)
    usd: float | None = None
    made_with: Mapping[str, object] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # Scored, Estimate or Length
        if name.startswith("_") or "figures" not in vars(self):  # not filled in yet, as while it is copied
            raise AttributeError(name)
        if name == "length":
            return Length(self.figures)
        try:
            one = self.figures.estimate(name)
        except FmbenchError as error:
            raise AttributeError(str(error)) from None
        found = Scored(one, one.low, one.high, one.n, name=one.name, unit=one.unit, confidence=one.confidence)
        found.figures = self.figures
        return found

    def __getitem__(self, name: str) -> Estimate:
        """A figure by its whole name, as ``found["f1.delta"]``.

        :raises UsageError: for one that cannot be told.
        """
        return self.figures.estimate(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self.figures.names() if "." not in name), "length"]

    @property
    def answers(self) -> pa.Table:
        """What was said to each item, a row an item, in order."""
        return to_table([*self.figures.answers.values()])

    def beside_each_other(self) -> list[dict[str, object]]:
        """A row an item: what was said and what it is worth, and likewise of the baseline and alone, where they are."""
        others = {"baseline": self.figures.baseline, "alone": self.figures.alone}
        rows: list[dict[str, object]] = self.answers.to_pylist()
        for name, answers in others.items():
            theirs = [] if answers is None else to_table([answers[item] for item in self.figures.answers]).to_pylist()
            for row, other in zip(rows, theirs, strict=False):  # there are none, or one each
                row.update({f"{name}.{column}": value for column, value in other.items() if column != "item"})
        return rows

    @property
    def failed_requests(self) -> int:
        """Items that nothing is known of."""
        return sum(one.error is not None for one in self.figures.answers.values())
