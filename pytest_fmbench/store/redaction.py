"""Secrets that have got into texts, taken out before anybody reads them.

Nothing that we write holds a secret of ours: :class:`pytest_fmbench.model.secret.Secret` sees to that. What others
write, such as an error that repeats the address or the header that it is about, may.
"""

from __future__ import annotations

import re

HIDDEN = "(hidden)"

_NAMED = (
    r"(?:[\w-]*(?:api[-_]?key|access[-_]?key(?:[-_]id)?|token|secret"
    r"|password|passwd|signature|credential)|authorization)"
)
_SECRETS = (
    # what is known by its own form: keys of AWS, OpenAI and Anthropic, Hugging Face, GitHub, Slack; JSON web tokens
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"),
    re.compile(r"\b(?:sk|rk|pk)-[A-Za-z0-9_-]{8,}"),
    re.compile(r"\bhf_[A-Za-z0-9]{8,}"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}"),
    re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{8,}"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    # what stands behind a word that says so
    re.compile(r"(?<=\b[Bb]earer )\s*[^\s\"',;]+|(?<=\bBasic )\s*[^\s\"',;]+"),
    re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"),
)
_BEHIND_A_NAME = re.compile(rf"(?i)(\b{_NAMED}[\"']?\s*[=:]\s*[\"']?)(?!\s|bearer |basic )[^\s\"',;&]+")


def redacted(text: object) -> str:
    """``text`` with each secret in it as ``(hidden)``.

    Keys of known forms are, and what stands behind names such as ``api_key=``, after ``Bearer``, and before the ``@``
    of an address.
    """
    found = str(text)
    for secret in _SECRETS:
        found = secret.sub(HIDDEN, found)
    return _BEHIND_A_NAME.sub(lambda match: f"{match[1]}{HIDDEN}", found)
