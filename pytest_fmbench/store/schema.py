"""The Arrow schema of ``requests.parquet``."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from pytest_fmbench.model.record import RequestRecord

_TYPES: dict[str, pa.DataType] = {
    "str": pa.string(),
    "str | None": pa.string(),
    "int": pa.int64(),
    "int | None": pa.int64(),
    "Sequence[int]": pa.list_(pa.int64()),
    "Sequence[str]": pa.list_(pa.string()),
}
_NARROW = {
    **dict.fromkeys(("turn", "round", "worker", "http_status"), pa.int32()),
    "chunk_shared": pa.list_(pa.bool_()),
}

SCHEMA = pa.schema(
    [
        pa.field(name, _NARROW.get(name, _TYPES[kind]), nullable="None" in kind)
        for name, kind in RequestRecord.__annotations__.items()
    ]
)
"""Columns of ``requests.parquet``, in the order of :class:`RequestRecord`'s fields."""


def leaves(schema: pa.Schema) -> Iterator[str]:
    """The columns as Parquet names them."""
    return (f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name for field in schema)
