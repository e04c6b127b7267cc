"""Recorded traces of agents as a workload of sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from os import PathLike
from pathlib import Path
from random import Random

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.workloads.exact import LEAST_WORDS, Count, Wording, asking, spelt, wording_for
from pytest_fmbench.workloads.otel.recorded import Recorded, Request, recorded
from pytest_fmbench.workloads.otel.replaying import Replaying
from pytest_fmbench.workloads.otel.spans import read_spans


@dataclass(frozen=True)
class Otel:
    """See :func:`otel`. It holds no trace: whoever asks it for one reads the file, once in each process.

    :param stamp: size and time of the file, by which one that was written anew is told apart.
    """

    path: Path
    stamp: tuple[int, int]
    exact: bool = True
    wording: Wording | None = None

    def fit(self, count: Count) -> Otel:
        """The same, for a model whose tokenizer counts as ``count`` does; needed where only lengths were recorded.

        :raises UsageError: when no words are left.
        """
        steps = (step for trace in self.traces for step in trace.steps)
        lengths_only = any(isinstance(step, Request) and not step.messages for step in steps)
        return replace(self, wording=wording_for(count)) if lengths_only else self

    @property
    def traces(self) -> list[Recorded]:
        """What the file holds.

        :raises UsageError: when it cannot be read, or a model was asked in no trace of it.
        """
        return _load(self.path, self.stamp)

    def session(self, index: int, seed: int) -> Replaying:
        """Trace ``index``, in the order in which they began; beyond the last one they begin again, in other words.

        :raises UsageError: when the file cannot be read.
        """
        traces = self.traces
        return Replaying(traces[index % len(traces)], lambda request: self._prompt(request, index, seed))

    def _prompt(self, request: Request, index: int, seed: int) -> Prompt:
        if request.messages:
            return Prompt(request.messages, request.output_tokens, ignore_eos=self.exact, tools=request.tools)
        if self.wording is None:
            raise UsageError("otel: its prompts have no exact length before it is fitted to a model")
        words, own = self.wording.words, max(0, request.input_tokens - self.wording.overhead - LEAST_WORDS)
        # those of one agent begin alike, as its conversation grew
        drawn = Random(f"{seed}:words:{index}:{request.agent}")  # noqa: S311  # variety, not secrecy
        prompt = asking([*spelt(index, words), *drawn.choices(words, k=own)], request.output_tokens)
        return replace(prompt, ignore_eos=self.exact, tools=request.tools)

    def __repr__(self) -> str:
        return f"otel({str(self.path)!r}{'' if self.exact else ', exact=False'})"


def otel(path: str | PathLike[str], *, exact: bool = True) -> Otel:
    """What real agents did, as OpenTelemetry's semantic conventions for generative AI record it: a session a trace.

    Its requests are asked again, with the messages that were recorded, or as many words as they had tokens; tools take
    the time that they took; what went on at the same time does so again.

    :param path: a file of OTLP's JSON, an export a line, as OpenTelemetry's collector and ``fmbench report --otel``
        write it.
    :param exact: whether replies are as long as they were, by ``ignore_eos``; else they may end before.
    :raises UsageError: when there is no such file.
    """
    found = Path(path).absolute()
    try:
        status = found.stat()
    except OSError as error:
        raise UsageError(f"otel({str(path)!r}): {error.strerror or error}") from error
    return Otel(found, (status.st_size, status.st_mtime_ns), exact)


@lru_cache(maxsize=4)
def _load(path: Path, stamp: tuple[int, int]) -> list[Recorded]:  # noqa: ARG001  # tells files apart
    found = recorded(read_spans(path))
    if not found:
        raise UsageError(
            f"otel({str(path)!r}): it has no span whose gen_ai.operation.name is chat, text_completion or "
            "generate_content, so no model was asked"
        )
    return found
