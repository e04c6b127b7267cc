"""Rows of data sets of the Hugging Face Hub, or of whatever else lies here that ``datasets`` can load.

Source: https://huggingface.co/docs/datasets/loading, https://huggingface.co/docs/datasets/stream
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.workloads.rows.base import Record
from pytest_fmbench.workloads.rows.files import Files, files_of
from pytest_fmbench.workloads.rows.options import Options, rows_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pytest_fmbench.workloads.rows.workload import Rows

_HUB = "hf:"
_BUILDERS = {
    ".json": "json",
    ".jsonl": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".txt": "text",
}
_PACKED = {".gz", ".bz2", ".xz", ".zst"}
_SAVED = ("dataset_dict.json", "state.json")
"""What ``save_to_disk`` leaves in a folder."""


@dataclass(frozen=True)
class DataSet:
    """Reads one.

    :param name: on the Hub; empty where ``files`` are meant.
    """

    name: str
    files: Files | None
    split: str
    config: str | None
    revision: str | None
    streaming: bool

    @property
    def folder(self) -> Path:
        """Where paths in rows begin."""
        return self.files.folder if self.files else Path.cwd()

    def records(self, columns: Sequence[str]) -> Iterator[Record | str]:
        """See :class:`~pytest_fmbench.workloads.rows.base.Reader`."""
        import datasets
        import httpx  # what the Hub's client fails with

        try:
            yield from self._rows(datasets, columns)
        except UsageError:
            raise
        except (OSError, ValueError, RuntimeError, ImportError, httpx.HTTPError, _errors_of(datasets)) as error:
            raise self._explained(error) from error

    def _rows(self, datasets: Any, columns: Sequence[str]) -> Iterator[Record]:  # noqa: ANN401  # a module
        data = self._loaded(datasets)
        if data.column_names is not None:  # a stream may not know before it is read
            for column in columns:
                if column not in data.column_names:
                    raise UnknownName(f"column of {self}", column, data.column_names)
            data = data.select_columns(list(columns))
        for column, feature in (data.features or {}).items():
            if isinstance(feature, datasets.Image):  # as it came: decoding it, to encode it again, would alter it
                data = data.cast_column(column, datasets.Image(decode=False))
        yield from data

    def _loaded(self, datasets: Any) -> Any:  # noqa: ANN401  # of a module without types
        how: dict[str, object] = {"split": self.split, "streaming": self.streaming}
        if self.files is None:
            return datasets.load_dataset(self.name, self.config, revision=self.revision, **how)
        path = self.files.path
        if path.is_file():
            return datasets.load_dataset(_builder(path), self.config, data_files=str(path), **how)
        if any((path / name).exists() for name in _SAVED):
            return self._part(datasets.load_from_disk(str(path)))
        return datasets.load_dataset(str(path), self.config, **how)

    def _part(self, saved: Any) -> Any:  # noqa: ANN401  # of a module without types
        if not isinstance(saved, dict):
            return saved
        if self.split not in saved:
            raise UnknownName(f"split of {self.folder}", self.split, saved)
        return saved[self.split]

    def _explained(self, error: BaseException) -> UsageError:
        causes = dict.fromkeys(
            str(one).strip().partition("\n")[0].rstrip(".") for one in (error, error.__cause__) if one
        )
        way_out = (
            ""
            if self.files
            else (
                ". Where there is no network, fetch its files beforehand and name them: parquet('FILE.parquet'), "
                "jsonl('FILE.jsonl') or dataset('FOLDER')"
            )
        )
        return UsageError(f"{self} cannot be loaded: {': '.join(causes)}{way_out}")

    def __str__(self) -> str:
        return f"{self.files.path if self.files else _HUB + self.name} ({self.split})"


def dataset(
    name: str | Path,
    *,
    split: str = "train",
    config: str | None = None,
    revision: str | None = None,
    streaming: bool = False,
    **options: Unpack[Options],
) -> Rows:
    """Rows of a data set, through Hugging Face ``datasets``, which the extra ``datasets`` brings.

    :param name: ``"hf:org/name"`` of the Hub; else a folder or a file that ``datasets`` can load.
    :param config: which part of it, where it has several.
    :param revision: a commit, branch or tag, so that it stays what it is.
    :param streaming: fetch only as much as is asked for, and keep nothing.
    :param options: see :class:`~pytest_fmbench.workloads.rows.options.Options`.
    :raises UsageError: when ``datasets`` is not installed, nothing is there, or for an option that cannot be.
    """
    given = str(name)
    of_the_hub = given.startswith(_HUB)
    files = None if of_the_hub else _local(given)
    if not of_the_hub and revision is not None:
        raise UsageError(f"dataset({given!r}, revision={revision!r}): only data sets of the Hub have revisions")
    _see_library()
    also = {"split": split, "config": config, "revision": revision, "streaming": streaming}
    usual = {"split": "train", "config": None, "revision": None, "streaming": False}
    reader = DataSet(given.removeprefix(_HUB) if of_the_hub else "", files, split, config, revision, streaming)
    shown = files.path.name if files else given
    return rows_of(
        "dataset", shown, reader, {key: value for key, value in also.items() if value != usual[key]}, **options
    )


def _local(name: str) -> Files:
    files = files_of("dataset", name, *_BUILDERS) if Path(name).exists() else None
    if files is None:
        raise UsageError(
            f"dataset({name!r}): there is no such file or folder; a data set of the Hub is named 'hf:org/name'"
        )
    if files.path.is_file():
        _builder(files.path)
    return files


def _builder(path: Path) -> str:
    suffixes = [suffix for suffix in path.suffixes if suffix not in _PACKED]
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in _BUILDERS:
        raise UsageError(f"dataset({path.name!r}): its name should end in one of {', '.join(_BUILDERS)}, also packed")
    return _BUILDERS[suffix]


def _see_library() -> None:
    """It takes a second to import, so that it is only looked for while cases are collected."""
    try:
        there = find_spec("datasets") is not None
    except ValueError:  # it was imported without a place that it is from
        there = False
    if not there:
        raise UsageError(
            "dataset() needs Hugging Face datasets: pip install 'pytest-fmbench[datasets]'; files are also read by "
            "jsonl(), csv() and parquet(), without it"
        )


def _errors_of(datasets: Any) -> type[BaseException]:  # noqa: ANN401  # a module
    found: type[BaseException] = datasets.exceptions.DatasetsError
    return found
