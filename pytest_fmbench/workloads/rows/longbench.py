"""LongBench, version 1: questions on long texts, in the words and with the reply lengths that its authors publish.

Prompts, output tokens (``longbench.json``) and the cut in the middle are those of ``dataset2prompt.json``,
``dataset2maxlen.json`` and ``pred.py`` in https://github.com/THUDM/LongBench (MIT; Bai et al., LongBench: A Bilingual,
Multitask Benchmark for Long Context Understanding, ACL 2024, https://arxiv.org/abs/2308.14508). Its data are lines of
JSON of ``input``, ``context``, ``answers``, ``length``, ``dataset``, ``language``, ``all_classes``, ``_id``, a file a
task in the archive ``data.zip`` of https://huggingface.co/datasets/THUDM/LongBench.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.workloads.rows.base import Reader, Record
from pytest_fmbench.workloads.rows.files import Files, files_of
from pytest_fmbench.workloads.rows.forms import Templated
from pytest_fmbench.workloads.rows.jsonl import JsonLines, record_of
from pytest_fmbench.workloads.rows.options import Selection, known, positive, selected
from pytest_fmbench.workloads.rows.template import Template
from pytest_fmbench.workloads.traces.lines import LONGEST

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pytest_fmbench.workloads.rows.workload import Rows

_REPOSITORY, _ARCHIVE = "THUDM/LongBench", "data.zip"
_EVEN = "_e"
"""Ends the names of LongBench-E, whose lengths are spread more evenly."""


class Task(TypedDict):
    """How the authors ask one, and whether it is in LongBench-E too."""

    output_tokens: int
    in_e: bool
    prompt: str


@dataclass(frozen=True)
class Archive:
    """Reads a task's file in the archive.

    :param files: the archive; None fetches it from the Hub, once.
    """

    task: str
    files: Files | None

    @property
    def folder(self) -> Path:
        """Where paths in rows would begin."""
        return Path.cwd()

    def records(self, columns: Sequence[str]) -> Iterator[Record | str]:  # noqa: ARG002  # a line is read as a whole
        """See :class:`~pytest_fmbench.workloads.rows.base.Reader`."""
        path = self.files.path if self.files else _fetched()
        try:
            with zipfile.ZipFile(path) as archive:
                name = next((one for one in archive.namelist() if Path(one).name == f"{self.task}.jsonl"), None)
                if name is None:
                    raise UsageError(f"{path} holds no {self.task}.jsonl: is it LongBench's data.zip?")
                with archive.open(name) as file:
                    yield from map(record_of, iter(partial(file.readline, LONGEST), b""))
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise UsageError(f"{path} cannot be read as LongBench's data.zip: {error}") from error

    def __str__(self) -> str:
        return f"LongBench {self.task} ({self.files.path if self.files else 'hf:' + _REPOSITORY})"


def longbench(
    task: str,
    path: str | Path | None = None,
    *,
    output_tokens: int | None = None,
    **options: Unpack[Selection],
) -> Rows:
    """A task of LongBench, such as ``"qasper"``, or of LongBench-E, such as ``"qasper_e"``, as its authors ask it.

    ``most_input`` cuts what is longer than a model's context in the middle, as they do. They leave the chat template
    out for trec, triviaqa, samsum, lsht, lcc and repobench-p: for that, ask with the dialect ``openai-completions``.

    :param path: its JSON lines; or a folder with them, ``<task>.jsonl`` among them; or ``data.zip``. Without it, that
        archive is fetched from the Hugging Face Hub, with the extra ``hf``.
    :param output_tokens: tokens after which a reply is cut; as the authors publish it where it is not given.
    :param options: see :class:`~pytest_fmbench.workloads.rows.options.Selection`.
    :raises UnknownName: for a task that is none.
    :raises UsageError: when nothing is there, or for an option that cannot be.
    """
    known("longbench", options, Selection)
    how = task_of(task)
    if output_tokens is not None:
        positive("longbench", "output_tokens", output_tokens)
    length = how["output_tokens"] if output_tokens is None else output_tokens
    form = Templated(Template(how["prompt"]), None, length, options.get("ignore_eos", False), None)
    told = {} if output_tokens is None else {"output_tokens": output_tokens}
    return selected("longbench", task, _reader(task, path), form, told | options)


def task_of(name: str) -> Task:
    """How a task is asked.

    :raises UnknownName: for one that is none.
    """
    tasks: dict[str, Task] = json.loads((resources(__package__ or "") / "longbench.json").read_text("utf-8"))
    name = str(name)
    plain = name.removesuffix(_EVEN)
    if plain not in tasks or (plain != name and not tasks[plain]["in_e"]):
        raise UnknownName("LongBench task", name, [*tasks, *(one + _EVEN for one in tasks if tasks[one]["in_e"])])
    return tasks[plain]


def _reader(task: str, path: str | Path | None) -> Reader:
    if path is None:
        return Archive(task, None)
    files = files_of("longbench", path, ".jsonl", ".jsonl.gz")
    if not files.path.is_dir():
        return Archive(task, files) if zipfile.is_zipfile(files.path) else JsonLines(files)
    found = [one for one in files.each() if one.name.partition(".")[0] == task]
    if not found:
        raise UsageError(f"longbench({task!r}, {str(path)!r}): the folder holds no {task}.jsonl")
    return JsonLines(files_of("longbench", found[0]))


def _fetched() -> Path:
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise UsageError(
            "longbench() without a path fetches its data with huggingface_hub: pip install 'pytest-fmbench[hf]', or "
            "name a file"
        ) from error
    import httpx  # what it fails with

    try:
        return Path(hf_hub_download(_REPOSITORY, _ARCHIVE, repo_type="dataset"))
    except (OSError, ValueError, httpx.HTTPError) as error:
        first = str(error).strip().partition("\n")[0].rstrip(".")
        raise UsageError(
            f"LongBench cannot be fetched from the Hugging Face Hub: {first}. Where there is no network, fetch "
            f"https://huggingface.co/datasets/{_REPOSITORY}/resolve/main/{_ARCHIVE} beforehand and name it: "
            "longbench(TASK, 'data.zip')"
        ) from error
