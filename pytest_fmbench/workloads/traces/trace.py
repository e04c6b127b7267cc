"""A recorded trace as a workload: as many requests as it holds, as long as they were, with the prefixes they shared."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.workloads.exact import LEAST_WORDS, Count, Wording, asking, wording_for
from pytest_fmbench.workloads.traces.detecting import detected
from pytest_fmbench.workloads.traces.formats import FORMATS
from pytest_fmbench.workloads.traces.source import Source

if TYPE_CHECKING:
    from pytest_fmbench.model.recorded import Times
    from pytest_fmbench.workloads.traces.table import Whole

_TRIED_LAP = -1
"""A time through the trace that no run makes."""
_TRIED_TOKENS = 4
"""A shorter reply would not tell whether the server goes on beyond its end token."""
_MOST_SCALE = 1000
_USUAL = {"scale": 1.0, "seed": 0}


@dataclass(frozen=True)
class Trace:
    """See :func:`trace`. It holds no request: whoever asks it for one reads the file, once in each process."""

    source: Source
    most_input: int | None = None
    most_output: int | None = None
    wording: Wording | None = None

    def fit(self, count: Count) -> Trace:
        """The same, for a model whose tokenizer counts as ``count`` does.

        :raises UsageError: when no words are left.
        """
        return replace(self, wording=wording_for(count))

    def prompt(self, index: int, seed: int) -> Prompt:
        """Request ``index``; beyond the last one the trace begins again, in other words.

        :raises UsageError: when it is not fitted yet, or the file cannot be read.
        """
        lap, row = divmod(index, len(self.source.table))
        return self._prompt(row, (seed, lap, index))

    def check(self) -> None:
        """Read the file.

        :raises UsageError: when it cannot be read.
        """
        self.source.table  # noqa: B018  # read once in each process, and kept

    def times_ns(self) -> Times:
        """When each request came, in ns from the begin of the trace, or of its window."""
        window = self.source.window
        return self.source.table.at_ns - (0 if window is None else round(window[0] * 1e9))

    def tick_ns(self) -> int:
        """How far the file's times lie apart where they are coarse; 0 where they are not."""
        return self.source.table.tick_ns

    def within(self, start_s: float, stop_s: float) -> Trace:
        """The requests that came in ``[start_s, stop_s)``.

        :raises UsageError: when there is none.
        """
        part = replace(self, source=replace(self.source, window=(start_s, stop_s)))
        if len(part.source.table) == 0:
            span_s = self.source.table.at_ns[-1] / 1e9
            raise UsageError(f"window=({start_s:g}, {stop_s:g}): {self} lasts {span_s:.1f} s, and no request came then")
        return part

    def least(self, seed: int) -> Prompt:
        """The smallest request, input and output together, in words that no run comes to."""
        prompt = self._prompt(int((self._inputs() + self._outputs()).argmin()), (seed, _TRIED_LAP, 0))
        return replace(prompt, max_tokens=max(_TRIED_TOKENS, prompt.max_tokens))

    def input_tokens(self, tried: int | None = None) -> int:  # noqa: ARG002  # it knows without
        """How many a request takes on average."""
        return round(float(self._inputs().mean()))

    def beyond(self, context: int) -> int:
        """How many requests take more than ``context`` tokens."""
        return int((self._inputs() + self._outputs() > context).sum())

    def notes(self) -> list[str]:
        """What was left out of the file and what was changed."""
        from pytest_fmbench.workloads.traces.telling import notes

        return notes(self.source.loaded, self.facts())

    def facts(self) -> dict[str, Any]:
        """Requests, their span, mean lengths; the file's rows, and what was done to them."""
        from pytest_fmbench.workloads.traces.telling import facts

        return facts(self.source.loaded, self.source.table, self._least_input(), (self.most_input, self.most_output))

    def _prompt(self, row: int, place: tuple[int, int, int]) -> Prompt:
        from pytest_fmbench.workloads.traces.content import words_of

        if self.wording is None:
            raise UsageError(f"{self}: its prompts have no exact length before it is fitted to a model")
        table = self.source.table
        length = _clipped(int(table.input_tokens[row]), self.most_input, self._least_input())
        words = words_of(table, row, length, self.wording, place)
        prompt = asking(words, _clipped(int(table.output_tokens[row]), self.most_output))
        if table.session is None:
            return prompt
        return replace(prompt, session_id=f"{place[1]}.{table.session[row]}", turn=int(table.turn[row]))

    def _inputs(self) -> Whole:
        return self.source.table.input_tokens.clip(self._least_input(), self.most_input)

    def _outputs(self) -> Whole:
        return self.source.table.output_tokens.clip(1, self.most_output)

    def _least_input(self) -> int:
        """Tokens of a prompt that the template and a few words make."""
        return 1 if self.wording is None else self.wording.overhead + LEAST_WORDS

    def _options(self) -> dict[str, object]:
        """Those that are not as they are without being given."""
        source = self.source
        given: dict[str, object] = {
            "scale": source.scale,
            "seed": source.seed,
            "rows": source.rows,
        }
        given |= {"most_input": self.most_input, "most_output": self.most_output, "window": source.window}
        return {name: value for name, value in given.items() if value != _USUAL.get(name)}

    def __repr__(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self._options().items())
        return f"trace({self.source.path.name!r}{options})"

    def __str__(self) -> str:
        """As it stands in node ids: made of what pytest's ``-k`` takes."""
        file = re.sub(r"[^\w.+-]", "_", self.source.path.name.partition(".")[0])
        return ":".join(["trace", file, *(f"{name}-{_written(value)}" for name, value in self._options().items())])


def trace(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002  # what everybody calls it
    rows: int | None = None,
    most_input: int | None = None,
    most_output: int | None = None,
    scale: float = 1.0,
    seed: int = 0,
) -> Trace:
    """The requests of a recorded trace: prompts and replies of its lengths, with the prefixes that it says they shared.

    Lengths are exact by the model's own tokenizer, as with :func:`~pytest_fmbench.workloads.synthetic.synthetic`. Asked
    under ``replay()``, each request comes at its time; under any other load, they come in the trace's order. A prompt
    that the model's context does not hold is asked all the same, and fails: clip it with ``most_input``.

    :param path: a file, also gzipped; of SageMaker Data Capture also a folder of them. A relative one begins where
        pytest was started.
    :param format: ``azure``, ``azure-multimodal``, ``burstgpt``, ``mooncake``, ``bailian`` or ``sagemaker``; found out
        from what is in the file where it is not given.
    :param rows: only so many requests, the first.
    :param most_input: longer prompts are cut to so many tokens, from the end, so that they share what they shared.
    :param most_output: longer replies are cut to so many tokens.
    :param scale: so many times as many requests in the same time: below 1, whole conversations are left out; above 1,
        copies are laid over it that begin elsewhere. Time is not stretched: see ``replay(speed=...)``.
    :param seed: of what is drawn for that.
    :raises UnknownName: for a format that there is not.
    :raises UsageError: for a file that is not there, or of no known format, or an option that cannot be.
    """
    where = Path(path).absolute()
    for name, value in (("rows", rows), ("most_input", most_input), ("most_output", most_output)):
        if value is not None and (type(value) is not int or value < 1):
            raise UsageError(f"trace({name}={value!r}): give a whole number from 1")
    if type(scale) not in (int, float) or not 0 < scale <= _MOST_SCALE:
        raise UsageError(
            f"trace(scale={scale!r}): give such as 0.5, for half as many requests, or 2; at most {_MOST_SCALE}"
        )
    if type(seed) is not int or seed < 0:
        raise UsageError(f"trace(seed={seed!r}): give a whole number from 0")
    try:
        there = where.stat()
    except OSError as error:
        raise UsageError(f"trace({str(path)!r}): {where} cannot be read: {error.strerror}") from error
    source = Source(
        where, detected(where, format, FORMATS), (there.st_size, there.st_mtime_ns), float(scale), seed, rows
    )
    return Trace(source, most_input, most_output)


def _clipped(length: int, most: int | None, least: int = 1) -> int:
    return max(least, length if most is None else min(length, most))


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return "-".join(map(_written, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
