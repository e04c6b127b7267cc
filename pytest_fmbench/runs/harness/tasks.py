"""A task of lm-evaluation-harness, as cases name it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_count


@dataclass(frozen=True)
class Harness:
    """See :func:`harness`.

    :raises UsageError: for a value that no task can be asked with.
    """

    name: str
    limit: int | None = None
    shots: int | None = None
    chat: bool = False
    folder: str | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and not is_count(self.limit):
            raise UsageError(f"harness({self.name!r}, limit={self.limit!r}): give a whole number of items, from 1")
        if self.shots is not None and not (self.shots == 0 or is_count(self.shots)):
            raise UsageError(f"harness({self.name!r}, shots={self.shots!r}): give a whole number of examples, from 0")
        if self.folder is not None and not Path(self.folder).is_dir():
            raise UsageError(f"harness({self.name!r}, folder={self.folder!r}): there is no such folder of tasks")

    def see_that_it_can_be_marked(self) -> None:
        """See that lm-evaluation-harness is installed, and has the task.

        :raises UsageError: where either is not so, with the way out.
        """
        if find_spec("lm_eval") is None:
            raise UsageError(
                f"harness({self.name!r}) needs lm-evaluation-harness, which is not installed: "
                "pip install 'pytest-fmbench[harness]'"
            )
        from pytest_fmbench.runs.harness.evaluating import names_of

        names = names_of(self.folder)
        if self.name not in names:
            near = get_close_matches(self.name, names, n=5)
            hint = f"near it: {', '.join(near)}; " if near else ""
            raise UsageError(
                f"lm-evaluation-harness has no task {self.name!r}; {hint}'lm_eval ls tasks' lists all {len(names):,}, "
                "and folder=... adds your own"
            )


def harness(
    name: str, *, limit: int | None = None, shots: int | None = None, chat: bool = False, folder: str | None = None
) -> Harness:
    """A task, group or tag of lm-evaluation-harness, such as ``harness("arc_easy", limit=100)``; see docs/harness.md.

    Its prompts, filters and metrics are as they stand there; only who is asked, and how, is ours.

    :param limit: only so many items of each task, the first.
    :param shots: examples before each question; as the task has it where it is not given.
    :param chat: whether questions are messages of a chat, in the deployment's dialect; else they are plain text, which
        an endpoint of OpenAI's completions goes on with.
    :param folder: of tasks in YAML beside those that it knows.
    :raises UsageError: for a value that no task can be asked with.
    """
    return Harness(name, limit, shots, chat, folder)
