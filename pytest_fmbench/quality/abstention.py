"""Whether an answer says that it is none: "I don't know" is not wrong, it is no answer.

A short answer that begins with one of a few phrases. Longer ones mostly go on and answer after all.
"""

from __future__ import annotations

import re

_LONGEST, _LONGEST_TEXT = 40, 400
"""Words, and characters where none stand between words, as in Chinese."""

_PHRASES = re.compile(
    r"^\W*(?:(?:sorry|unfortunately|well)\W+)?(?:but\s+)?(?:"
    r"i (?:do not|don['’]?t|did not|didn['’]?t) (?:really )?know"  # noqa: RUF001  # models write that apostrophe
    r"|i(?: am|['’]m) (?:not sure|unsure|unable to|not able to)"  # noqa: RUF001  # likewise
    r"|i (?:cannot|can not|can['’]?t) (?:answer|say|tell|determine|know)"  # noqa: RUF001  # likewise
    r"|i have no (?:idea|information)"
    r"|(?:there is )?(?:not enough|insufficient|no) information"
    r"|(?:it |that |this )?(?:cannot|can not|can['’]t) be (?:determined|answered|known)"  # noqa: RUF001  # likewise
    r"|(?:it is |it['’]s )?(?:unknown|unanswerable|not known|not given|not mentioned|not stated)\b"  # noqa: RUF001  # likewise
    r"|(?:the (?:text|passage|context) )?does(?: not|n['’]?t) (?:say|mention|tell)"  # noqa: RUF001  # likewise
    r")",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"^\W*(?:抱歉\W*)?(?:我)?(?:不知道|不清楚|不确定|无法(?:回答|确定|判断)|没有(?:足够的?)?信息)")


def abstains(said: str) -> bool:
    """Whether ``said`` gives no answer."""
    if len(said) > _LONGEST_TEXT or len(said.split()) > _LONGEST:
        return False
    return bool(_PHRASES.match(said) or _CHINESE.match(said))
