"""Images in rows, as the URLs by which a server gets them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from pytest_fmbench.workloads.rows.base import Unusable

_URLS = ("data:image/", "http://", "https://")
_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}


def urls_of(value: object, folder: Path) -> tuple[str, ...]:
    """Of bytes, a path, a URL, ``{"bytes", "path"}`` as Hugging Face keeps them, or a list of such.

    :param folder: where a relative path begins.
    :raises Unusable: when there is no image, or none that can be read.
    """
    if isinstance(value, (list, tuple)):
        found = tuple(url for one in value for url in urls_of(one, folder))
    else:
        found = (_url(value, folder),)
    if not found:
        raise Unusable("without an image")
    return found


def _url(value: object, folder: Path) -> str:
    if isinstance(value, Mapping):
        value = value.get("bytes") or value.get("path")
    if value is None or value in ("", b""):
        raise Unusable("without an image")
    if isinstance(value, str):
        return value if value.startswith(_URLS) else _data_url(_read(folder / value))
    if isinstance(value, (bytes, bytearray)):
        return _data_url(bytes(value))
    raise Unusable("whose image is neither bytes nor a path nor a URL")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError):  # the latter for a path that cannot be one
        raise Unusable("whose image cannot be read") from None


def _data_url(data: bytes) -> str:
    """By what it begins with: a name may lie, and what is no image is not sent to anybody."""
    kinds = (kind for beginning, kind in _BEGINNINGS.items() if data.startswith(beginning))
    kind = next(kinds, "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None)
    if kind is None:
        raise Unusable("whose image is no PNG, JPEG, GIF or WebP")
    return f"data:image/{kind};base64,{b64encode(data).decode()}"
