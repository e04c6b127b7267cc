"""How texts become words, as LongBench's ``metrics.py`` does it, which has the English way from SQuAD's script."""

from __future__ import annotations

import re
import string
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_fmbench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_CHINESE = (
    "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣"  # noqa: RUF001  # as it is published
    "､、〃》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏."  # noqa: RUF001  # likewise
)
_ALL_PUNCTUATION = str.maketrans("", "", string.punctuation + _CHINESE)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalised(text: str) -> str:
    """In lower case, without ASCII punctuation, English articles and blanks beyond one between words."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def words(text: str) -> list[str]:
    """The words of an English text, normalised."""
    return normalised(text).split()


def chinese_words(text: str) -> list[str]:
    """The words of a Chinese text by jieba, in lower case, without punctuation and blanks.

    :raises UsageError: where jieba is not installed.
    """
    return [word for word in map(_normalised_chinese, segments(text)) if word]


def segments(text: str) -> list[str]:
    """A Chinese text cut into words by jieba's precise mode; nothing is left out.

    :raises UsageError: where jieba is not installed.
    """
    cut: Iterable[str] = jieba().cut(text, cut_all=False)
    return [*cut]


def _normalised_chinese(word: str) -> str:
    return "".join(word.lower().translate(_ALL_PUNCTUATION).split())


@lru_cache(maxsize=1)
def jieba() -> Any:  # noqa: ANN401  # it has no types
    """What cuts Chinese texts into words.

    :raises UsageError: where it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own escapes, and of how it finds its dictionary
            import jieba as found
    except ImportError as error:
        raise UsageError(
            "scores of Chinese texts cut them into words with jieba, as LongBench does: "
            "pip install 'pytest-fmbench[quality]'"
        ) from error
    found.setLogLevel("ERROR")
    return found
