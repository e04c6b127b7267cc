"""The requests table, made of records as they come, in little more memory than the table itself takes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from pytest_fmbench.model.record import KINDS, Kinds, RequestRecord
from pytest_fmbench.store.schema import SCHEMA

_PLAIN = [field for field in SCHEMA if not pa.types.is_list(field.type)]
_VALUES = attrgetter(*(field.name for field in _PLAIN))
_CODES = {"chunk_kind": "b", "chunk_ns": "q", "chunk_tokens": "q", "chunk_shared": "b", "chunk_slack_ns": "q"}
_LISTS = attrgetter(*_CODES)
_NAMES = [kind.value for kind in KINDS]


class TableBuilder:
    """Collects records. What they hold a chunk is kept in one array a column."""

    def __init__(self) -> None:
        self._rows, self._sent, self._lists = _empty()

    def add(self, record: RequestRecord) -> None:
        """Add a record."""
        self._rows.append(_VALUES(record))
        self._sent.append(record.sent_ns or record.begun_ns)
        columns = _LISTS(record)
        for lists, column in zip(self._lists.values(), (_codes(columns[0]), *columns[1:]), strict=True):
            lists.add(column)

    def so_far(self) -> pa.Table:
        """As :meth:`table`, of copies: more can be added."""
        twin = TableBuilder()
        twin._rows, twin._sent = self._rows.copy(), self._sent[:]  # it is one of us
        twin._lists = {name: lists.copy() for name, lists in self._lists.items()}
        return twin.table()

    def table(self) -> pa.Table:
        """What was added, in order of sending; what was never sent stands where it began. The builder is empty after.

        It lets go of each column when that has been made, so that there are never two of the whole.
        """
        order, rows, lists = np.argsort(self._sent, kind="stable"), self._rows, self._lists
        self._rows, self._sent, self._lists = _empty()
        rows[:] = [rows[nth] for nth in order.tolist()]
        columns = {field.name: _array([row[nth] for row in rows], field) for nth, field in enumerate(_PLAIN)}
        rows.clear()
        for name in _CODES:
            columns[name] = _typed(lists.pop(name).array().take(order), SCHEMA.field(name).type)
        return pa.table([columns[name] for name in SCHEMA.names], SCHEMA)


class _Lists:
    """A list of integers a row, in one array; ``code`` is its type code, of signed integers."""

    def __init__(self, code: str) -> None:
        self._values: array[int] = array(code)
        self._ends: array[int] = array("i", (0,))

    def add(self, values: Sequence[int]) -> None:
        self._values.extend(values)
        self._ends.append(len(self._values))

    def copy(self) -> _Lists:
        twin = _Lists(self._values.typecode)
        twin._values, twin._ends = self._values[:], self._ends[:]
        return twin

    def array(self) -> pa.ListArray:
        """All lists. Shares their memory: nothing can be added while it lives."""
        kind = pa.int8() if self._values.typecode == "b" else pa.int64()
        ends, values = pa.py_buffer(self._ends), pa.py_buffer(self._values)
        return pa.ListArray.from_arrays(
            pa.Array.from_buffers(pa.int32(), len(self._ends), [None, ends]),
            pa.Array.from_buffers(kind, len(self._values), [None, values]),
        )


def _empty() -> tuple[list[tuple[Any, ...]], array[int], dict[str, _Lists]]:
    """No rows, no times of sending, no lists."""
    return [], array("q"), {name: _Lists(code) for name, code in _CODES.items()}


def _codes(kinds: Sequence[str]) -> Sequence[int]:
    return kinds.codes if isinstance(kinds, Kinds) else [_NAMES.index(kind) for kind in kinds]


def _typed(lists: pa.ListArray, wanted: pa.DataType) -> pa.ListArray:
    """The same lists, of what they stand for: names, where they are codes."""
    values = lists.values
    if wanted.value_type == pa.string():
        values = pa.DictionaryArray.from_arrays(values, _NAMES).dictionary_decode()
    return pa.ListArray.from_arrays(lists.offsets, values.cast(wanted.value_type))


def _array(values: Sequence[Any], field: pa.Field) -> pa.Array:
    try:
        return pa.array(values, field.type)
    except UnicodeEncodeError:  # JSON may hold half of a surrogate pair, which is no text
        return pa.array([value and value.encode("utf-8", "backslashreplace").decode() for value in values], field.type)
