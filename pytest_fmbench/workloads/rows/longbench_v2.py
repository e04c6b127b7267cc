"""LongBench, version 2: multiple choice on long texts, in the words and with the reply length that its authors publish.

``prompts/0shot.txt`` and ``pred.py`` in https://github.com/THUDM/LongBench (MIT; Bai et al., LongBench v2, ACL 2025,
https://arxiv.org/abs/2412.15204). Its data are objects of ``_id``, ``domain``, ``sub_domain``, ``difficulty``,
``length``, ``question``, ``choice_A`` to ``choice_D``, ``answer``, ``context``: ``data.json`` of
https://huggingface.co/datasets/THUDM/LongBench-v2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.rows.base import Record
from pytest_fmbench.workloads.rows.cells import sendable, text_in
from pytest_fmbench.workloads.rows.files import files_of
from pytest_fmbench.workloads.rows.options import Selection, known, positive, selected
from pytest_fmbench.workloads.rows.sharegpt import ShareGpt

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pytest_fmbench.workloads.rows.workload import Rows

KIND = "longbench_v2"

_OUTPUT_TOKENS = 128
_COLUMNS = ("context", "question", "choice_A", "choice_B", "choice_C", "choice_D")
_PROMPT = """Please read the following text and answer the question below.

<text>
{context}
</text>

What is the correct answer to this question: {question}
Choices:
(A) {choice_A}
(B) {choice_B}
(C) {choice_C}
(D) {choice_D}

Format your response as follows: "The correct answer is (insert answer here)"."""


@dataclass(frozen=True)
class MultipleChoice:
    """One question a row, without a chain of thought."""

    output_tokens: int
    ignore_eos: bool
    columns: tuple[str, ...] = _COLUMNS

    def prompt(self, record: Record, folder: Path) -> Prompt:  # noqa: ARG002  # no path is in it
        """See :class:`~pytest_fmbench.workloads.rows.base.Form`. Blanks around texts are left out."""
        filled = _PROMPT.format(**{name: text_in(record, name).strip() for name in _COLUMNS})
        return Prompt((Message("user", sendable(filled)),), max_tokens=self.output_tokens, ignore_eos=self.ignore_eos)


def longbench_v2(path: str | Path, *, output_tokens: int = _OUTPUT_TOKENS, **options: Unpack[Selection]) -> Rows:
    """Questions of LongBench v2, as its authors ask them without a chain of thought.

    ``most_input`` cuts what is longer than a model's context in the middle, as they do;
    ``where={"difficulty": "easy"}`` chooses.

    :param path: its ``data.json``, or the same as lines, also gzipped.
    :param output_tokens: tokens after which a reply is cut.
    :param options: see :class:`~pytest_fmbench.workloads.rows.options.Selection`.
    :raises UsageError: when nothing is there, or for an option that cannot be.
    """
    known(KIND, options, Selection)
    positive(KIND, "output_tokens", output_tokens)
    reader = ShareGpt(files_of(KIND, path, ".json", ".json.gz", ".jsonl", ".jsonl.gz"))  # which is of objects
    form = MultipleChoice(output_tokens, options.get("ignore_eos", False))
    told = {} if output_tokens == _OUTPUT_TOKENS else {"output_tokens": output_tokens}
    return selected(KIND, reader.files.path.name, reader, form, told | options)
