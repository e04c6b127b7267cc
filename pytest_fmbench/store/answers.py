"""``answers.parquet``: what was said to each item of a task, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.answered import Answered

ANSWERS = "answers.parquet"

_SCORE = "score."
_PLAIN = (
    ("item", pa.string()),
    ("text", pa.string()),
    ("output_tokens", pa.int64()),
    ("finish_reason", pa.string()),
    ("abstained", pa.bool_()),
    ("parsed", pa.bool_()),
    ("error", pa.string()),
)


def to_table(answers: Sequence[Answered]) -> pa.Table:
    """A row an item; a column ``score.<name>`` a scorer, null where it does not mark the item or the request failed."""
    columns = {name: pa.array([getattr(one, name) for one in answers], kind) for name, kind in _PLAIN}
    for name in dict.fromkeys(name for one in answers for name in one.scores):
        columns[_SCORE + name] = pa.array([one.scores.get(name) for one in answers], pa.float64())
    first = pa.array([next(iter(one.scores), None) for one in answers], pa.string())
    return pa.table({**columns, "scorer": first})


def write_answers(path: Path, answers: Sequence[Answered]) -> None:
    """Write the table, whole or not at all.

    :raises StoreError: when it cannot be written.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(to_table(answers), draft, compression="zstd")
        draft.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; is the disk full or the folder read-only?") from error


def read_answers(path: Path) -> list[Answered]:
    """What :func:`write_answers` wrote; nothing where there is no such file.

    :raises StoreError: when it cannot be read, or holds something else.
    """
    if not path.exists():
        return []
    try:
        rows = pq.read_table(path).to_pylist()
        return [*_answered(rows)]
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise StoreError(f"cannot read {path} as a table of answers: {error}") from error


def _answered(rows: Iterable[dict[str, object]]) -> Iterable[Answered]:
    for row in rows:
        scores = {name.removeprefix(_SCORE): row[name] for name in row if name.startswith(_SCORE)}
        known = {name: value for name, value in scores.items() if isinstance(value, float)}
        first = row["scorer"]
        if isinstance(first, str):
            known = {first: known[first], **known}
        plain = {name: row[name] for name, _ in _PLAIN}
        yield Answered(**plain, scores=known)  # type: ignore[arg-type]  # columns have the types of its fields
