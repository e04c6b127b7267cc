"""What can be chosen of rows, alike for all sources, and the workload that it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.workloads.rows.base import Form, Reader
from pytest_fmbench.workloads.rows.bodies import Bodied, bodied
from pytest_fmbench.workloads.rows.choosing import Choice, Where
from pytest_fmbench.workloads.rows.forms import Templated
from pytest_fmbench.workloads.rows.template import Template
from pytest_fmbench.workloads.rows.workload import Asked, Rows

if TYPE_CHECKING:
    from typing_extensions import Unpack  # ships with mypy; Python 3.11 has its own

OUTPUT_TOKENS = 64
_OF_BODIES = ("body", "where", "language", "rows", "seed")


class Selection(TypedDict, total=False):
    """Which rows are asked, of any source.

    :param where: what columns must hold: ``{"language": "en"}``, or one of several: ``{"language": ("en", "de")}``.
    :param language: the same as ``where={"language": ...}``.
    :param tokens: ``(least, most)`` input tokens, both included, by the model's own tokenizer and chat template; None
        is any. Rows are counted one by one, by the server.
    :param most_input: prompts of more input tokens are cut to so many, in the middle.
    :param rows: only so many.
    :param seed: draws them at random, also their order; without it they come as they stand.
    :param ignore_eos: replies go on to ``output_tokens``, even where the model would end.
    :param chat_template: a tokenizer of the Hugging Face Hub, or a folder with one, whose chat template is applied
        here: for completions of plain text. For chat, the server applies it.
    """

    where: Mapping[str, object]
    language: str | tuple[str, ...]
    tokens: tuple[int | None, int | None]
    most_input: int
    rows: int
    seed: int
    ignore_eos: bool
    chat_template: str | Path


class Choices(Selection, total=False):
    """Which rows are asked, and how many tokens for.

    :param output_tokens: tokens after which a reply is cut, or the column that holds how many.
    """

    output_tokens: int | str


class Options(Choices, total=False):
    """Which rows are asked, and how a row becomes a prompt.

    :param prompt: the user's message, with columns in braces: ``"{context} {question}"``; ``{{`` and ``}}`` are braces.
    :param template: a file that holds it.
    :param system: the system's message, written likewise.
    :param images: a column of images: bytes, paths (relative ones from the file's folder), URLs, or lists of them.
    :param body: instead of all these: the whole JSON of a request, whose texts are written likewise; one that is
        nothing but a column is what the row holds there, such as a number or a list. Asked with the dialect ``json``.
    """

    prompt: str
    template: str | Path
    system: str
    images: str
    body: Mapping[str, object]


def rows_of(kind: str, name: str, reader: Reader, also: Mapping[str, object], **options: Unpack[Options]) -> Rows:
    """The workload.

    :param kind: what the function is called that was asked for it.
    :param also: options of its own, for the records.
    :raises UsageError: for an option that cannot be.
    """
    known(kind, options, Options)
    if "body" in options:
        return selected(kind, name, reader, _bodied(kind, options), {**also, **options})
    for option in ("prompt", "system", "images"):
        if not isinstance(options.get(option, ""), str):
            raise UsageError(f"{kind}({option}={options.get(option)!r}): give text")
    text = _template(kind, options)
    if not text.columns and "images" not in options:
        raise UsageError(f"{kind}(prompt={text.text!r}): it names no column, so that all prompts would be alike")
    system = Template(options["system"]) if "system" in options else None
    images, length = options.get("images"), options.get("output_tokens", OUTPUT_TOKENS)
    if images is not None and "chat_template" in options:
        raise UsageError(f"{kind}(images=, chat_template=): a text holds no image; leave the template to the server")
    if not isinstance(length, str):
        positive(kind, "output_tokens", length)
    form = Templated(text, system, length, options.get("ignore_eos", False), images)
    return selected(kind, name, reader, form, {**also, **options})


def selected(kind: str, name: str, reader: Reader, form: Form, options: Mapping[str, Any]) -> Rows:
    """The workload of rows that become prompts as ``form`` says.

    :param options: all that were given; :class:`Selection` says which of them are looked at.
    :raises UsageError: for an option that cannot be.
    """
    for option, least in (("most_input", 1), ("rows", 1), ("seed", 0)):
        if option in options:
            positive(kind, option, options[option], least)
    if type(options.get("ignore_eos", False)) is not bool:
        raise UsageError(f"{kind}(ignore_eos={options['ignore_eos']!r}): give True or False")
    choice = Choice(
        _where(kind, options),
        _range(kind, options["tokens"]) if "tokens" in options else None,
        options.get("most_input"),
        options.get("rows"),
        options.get("seed"),
    )
    chat_template = str(options["chat_template"]) if "chat_template" in options else None
    words = ", ".join([repr(name), *(f"{key}={_plain(value)!r}" for key, value in options.items())])
    label = [kind, Path(name).name.partition(".")[0], *(f"{k}-{v}" for k, v in options.items() if type(v) is int)]
    asked = Asked(reader, form, choice, chat_template)
    return Rows(asked, f"{kind}({words})", ":".join(re.sub(r"[^\w.+-]", "_", part) for part in label))


def known(kind: str, given: Mapping[str, object], options: type) -> None:
    """See that what was given are ``options``, a typed dictionary's.

    :raises UnknownName: when it is not.
    """
    names = _names(options)
    for name in given:
        if name not in names:
            raise UnknownName(f"option of {kind}()", name, names)


def positive(kind: str, name: str, value: object, least: int = 1) -> None:
    """See that an option is a whole number.

    :raises UsageError: when it is not, or below ``least``.
    """
    if type(value) is not int or value < least:
        raise UsageError(f"{kind}({name}={value!r}): give a whole number from {least}")


def _names(options: type) -> list[str]:
    return sorted(options.__annotations__)  # of a typed dictionary: those of its bases too


def _bodied(kind: str, options: Options) -> Bodied:
    for option in options:
        if option not in _OF_BODIES:
            raise UsageError(f"{kind}(body=, {option}=): a body is the whole request, so leave {option} out")
    return bodied(kind, options["body"])


def _template(kind: str, options: Options) -> Template:
    if ("prompt" in options) == ("template" in options):
        raise UsageError(
            f'{kind}(...): give either prompt="{{column}} ...", which says how a row becomes a prompt, or '
            "template=FILE, which holds that"
        )
    if "prompt" in options:
        return Template(options["prompt"])
    path = Path(options["template"])
    try:
        return Template(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{kind}(template={str(path)!r}): it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{kind}(template={str(path)!r}): it is no UTF-8 text: {error.reason}") from error


def _where(kind: str, options: Mapping[str, Any]) -> Where:
    given = options.get("where", {})
    if not isinstance(given, Mapping):
        raise UsageError(f'{kind}(where={given!r}): give what columns must hold, as in {{"language": "en"}}')
    wanted = {**given, **({"language": options["language"]} if "language" in options else {})}
    return tuple((str(column), _values(kind, str(column), value)) for column, value in wanted.items())


def _values(kind: str, column: str, given: object) -> tuple[object, ...]:
    values = tuple(given) if isinstance(given, (tuple, list, set, frozenset)) else (given,)
    if not values or not all(isinstance(one, (str, int, float)) for one in values):
        raise UsageError(f"{kind}(where={{{column!r}: {given!r}}}): give text or a number, or several")
    return values


def _range(kind: str, given: object) -> tuple[int | None, int | None]:
    if isinstance(given, tuple) and len(given) == 2 and all(one is None or type(one) is int for one in given):
        least, most = given
        if 0 <= (least or 0) <= (most if most is not None else least or 0):
            return least, most
    raise UsageError(f"{kind}(tokens={given!r}): give (least, most) as whole numbers; None is any")


def _plain(value: object) -> object:
    return value.name if isinstance(value, Path) else value  # where it lies differs from machine to machine
