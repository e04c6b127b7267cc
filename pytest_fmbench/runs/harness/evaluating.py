"""lm-evaluation-harness at work: it makes the requests, we have them answered, it marks. No other file imports it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.runs.harness.requests import Likelihood, Model, Request

if TYPE_CHECKING:
    from pytest_fmbench.runs.harness.tasks import Harness

_STDERR = "_stderr"


@dataclass(frozen=True)
class Doc:
    """One item.

    :param name: as ``arc_easy/12``.
    :param target: what is right, as its task writes it.
    :param marks: from 0 to 1, by metric, the task's first one first.
    """

    name: str
    target: str
    marks: Mapping[str, float]


@dataclass(frozen=True)
class Evaluated:
    """What it found.

    :param theirs: its own figures: value and standard error, by task or group, and metric.
    :param made_with: versions, data, seeds, shots: whatever else a score depends on.
    """

    docs: tuple[Doc, ...]
    theirs: Mapping[str, Mapping[str, Mapping[str, float | None]]]
    made_with: Mapping[str, object]


def names_of(folder: str | None) -> list[str]:
    """All tasks, groups and tags that it knows."""
    return list(_manager(folder).all_tasks)


def evaluated(spec: Harness, model: Model) -> Evaluated:
    """Have ``model`` examined.

    :raises UsageError: where its data cannot be had, or no metric of the task is a mark of single items.
    """
    from lm_eval import simple_evaluate

    manager = _manager(spec.folder)
    found = simple_evaluate(
        _asking(model),
        tasks=_loaded(manager, spec),
        num_fewshot=spec.shots,
        limit=spec.limit,
        apply_chat_template=spec.chat,
        task_manager=manager,
    )
    docs = [doc for task, samples in found["samples"].items() for doc in _docs(task, samples, found)]
    if not any(doc.marks for doc in docs):
        metrics = sorted({name for samples in found["samples"].values() for one in samples for name in one["metrics"]})
        raise UsageError(
            f"harness({spec.name!r}): its metrics ({', '.join(metrics)}) are no marks of single items from 0 to 1 of "
            "which more is better, so they have no interval and no paired difference here"
        )
    return Evaluated(tuple(doc for doc in docs if doc.marks), _theirs(found), _made_with(spec, found))


@lru_cache(maxsize=4)
def _manager(folder: str | None) -> Any:  # noqa: ANN401  # its TaskManager; reading 14,000 files takes seconds
    from lm_eval.tasks import TaskManager

    return TaskManager(include_path=folder)


def _loaded(manager: Any, spec: Harness) -> list[object]:  # noqa: ANN401  # its TaskManager
    """The task, with its data; of a group the group, so that it is summed up as one."""
    try:
        found = manager.load([spec.name])
    except (OSError, ValueError) as error:  # what `datasets` raises without a network, or for data that are not there
        raise UsageError(f"harness({spec.name!r}): its data cannot be had: {error}") from error
    group = found.get("groups", {}).get(spec.name)
    return [*found["tasks"].values()] if group is None else [group]


def _asking(model: Model) -> object:
    """Its model, which hands everything to ours."""
    from lm_eval.api.model import LM

    class Asked(LM):  # type: ignore[misc]  # it ships no types that mypy sees here
        tokenizer_name = ""

        def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:  # noqa: ARG002  # its own signature
            return model.generated([Request(_doc(one), one.args[0], settings=one.args[1]) for one in requests])

        def loglikelihood(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[Likelihood]:  # noqa: ARG002  # likewise
            return model.likelihoods([Request(_doc(one), *one.args) for one in requests])

        def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[float]:  # noqa: ARG002  # likewise
            raise UsageError(
                f"{_doc(requests[0])} wants the likelihood of whole texts, for a perplexity: that is no share of right "
                "answers, and is not measured here"
            )

        def apply_chat_template(self, chat_history: object, add_generation_prompt: bool = True) -> str:  # noqa: ARG002  # likewise
            return json.dumps(chat_history, ensure_ascii=False)

    return Asked()


def _doc(instance: Any) -> str:  # noqa: ANN401  # its Instance
    return f"{instance.task_name}/{instance.doc_id}"


def _docs(task: str, samples: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> Iterator[Doc]:
    better = found["higher_is_better"].get(task, {})
    marks = dict[int, dict[str, float]]()
    targets = {one["doc_id"]: str(one["target"]) for one in samples}
    filters = list(dict.fromkeys(one["filter"] for one in samples))
    for one in samples:
        suffix = "" if one["filter"] == filters[0] else f"_{one['filter'].replace('-', '_')}"
        wanted = [name for name in one["metrics"] if better.get(name) is not False]
        marks.setdefault(one["doc_id"], {}).update({f"{name}{suffix}": one[name] for name in wanted})
    kept = _shares(marks.values())
    for number, its in marks.items():
        shares = {name: float(value) for name, value in its.items() if name in kept}
        yield Doc(f"{task}/{number}", targets[number], shares)


def _shares(marks: Iterable[Mapping[str, Any]]) -> set[str]:
    """Metrics that are a number from 0 to 1 of each item; others are made of all items together."""
    every = list(marks)
    return {name for its in every for name in its if all(_is_share(one.get(name)) for one in every)}


def _is_share(value: object) -> bool:
    try:
        return 0.0 <= float(value) <= 1.0  # type: ignore[arg-type]  # numbers of any kind; of others it raises
    except (TypeError, ValueError):
        return False


def _theirs(found: Mapping[str, Any]) -> dict[str, dict[str, dict[str, float | None]]]:
    return {
        task: {
            key: {"value": _number(value), "stderr": _number(figures.get(_stderr_of(key)))}
            for key, value in figures.items()
            if "," in key and _STDERR not in key and _number(value) is not None
        }
        for task, figures in {**found["results"], **(found.get("groups") or {})}.items()
    }


def _stderr_of(key: str) -> str:
    """``acc,none`` has its standard error in ``acc_stderr,none``."""
    metric, _, filtered = key.partition(",")
    return f"{metric}{_STDERR},{filtered}"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _made_with(spec: Harness, found: Mapping[str, Any]) -> dict[str, object]:
    samples = [one for its in found["samples"].values() for one in its]
    content = "".join(f"{one['doc_hash']}{one['prompt_hash']}{one['target_hash']}" for one in samples)
    return {
        "lm_eval": version("lm_eval"),
        "limit": spec.limit,
        "chat": spec.chat,
        "shots": found["n-shot"],
        "versions": found["versions"],
        "data": {task: _data(config) for task, config in found["configs"].items()},
        "seeds": {name: found["config"][name] for name in ("random_seed", "numpy_seed", "fewshot_seed")},
        "sha256": sha256(content.encode()).hexdigest(),
    }


def _data(config: Mapping[str, Any]) -> dict[str, str]:
    names = ("dataset_path", "dataset_name", "dataset_kwargs", "test_split", "generation_kwargs", "doc_to_text")
    return {name: str(config[name]) for name in names if config.get(name)}
