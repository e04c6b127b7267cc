"""Verdicts of judges: those of all sessions by content, and those of one quality as a table.

A verdict is known by a hash of who judged, what was asked and all texts, and nothing else is kept: from the folder
nobody learns what was said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from pytest_fmbench.errors import StoreError

VERDICTS = "verdicts.parquet"


@dataclass(frozen=True)
class VerdictStore:
    """Verdicts by key, a file each, which is written whole or not at all.

    :param root: folder, which need not be there.
    :param way_out: what names another folder, for messages.
    """

    root: Path
    way_out: str

    def known(self, key: str) -> str | None:
        """The grade that was given; None where there is none, or the file is not what was written."""
        try:
            found = json.loads(self._path(key).read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:  # no JSON: a crash, or another's hand
            return None
        except OSError as error:
            raise StoreError(f"cannot read {self._path(key)}: {error}; {self.way_out}") from error
        grade = found.get("grade") if isinstance(found, dict) and found.get("key") == key else None
        return grade if isinstance(grade, str) else None

    def keep(self, key: str, grade: str) -> None:
        """Remember a grade.

        :raises StoreError: when it cannot be written.
        """
        path = self._path(key)
        draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_text(json.dumps({"key": key, "grade": grade}), "utf-8")
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error}; {self.way_out}") from error

    def _path(self, key: str) -> Path:
        return self.root / key[:2] / f"{key}.json"


@dataclass(frozen=True)
class VerdictRow:
    """One judgement, as its table has it.

    :param item: its name; of labelled answers their number.
    :param of: ``answers``, ``baseline``, ``pairs`` or ``labelled``.
    :param judge: by name.
    :param grade: None where there is none; of a pair, of both orders together.
    :param lost: why there is none.
    :param turned: of a pair, whether it was judged otherwise the other way round.
    """

    item: str
    of: str
    judge: str
    grade: str | None
    lost: str | None
    turned: bool | None


_TYPES = {"item": pa.string(), "of": pa.string(), "judge": pa.string(), "grade": pa.string()}
_SCHEMA = pa.schema({**_TYPES, "lost": pa.string(), "turned": pa.bool_()})


def write_verdicts(path: Path, rows: Iterable[VerdictRow]) -> None:
    """Write the table, whole or not at all.

    :raises StoreError: when it cannot be written.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([vars(row) for row in rows], schema=_SCHEMA), draft, compression="zstd")
        draft.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; is the disk full or the folder read-only?") from error
