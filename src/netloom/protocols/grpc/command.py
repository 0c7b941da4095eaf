"""What people write to call a method: where it is, and JSON values after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from netloom.errors import UsageError
from netloom.wire.grpc import values

if TYPE_CHECKING:
    from netloom.wire.grpc.catalogue import Method

_PLACE = re.compile(r"\s*/?([A-Za-z_][\w.]*(?:/[A-Za-z_]\w*)?)(?=[\s{\[\"]|$)", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][\w.]*", re.ASCII)


def parse(text: str) -> tuple[str, list[Any]]:
    """`[package.Service/]Method [JSON …]` as the place and the values. Raises UsageError with the column."""
    found = _PLACE.match(text)
    if found is None:
        raise UsageError(
            "a method is expected first", hint='package.Service/Method {"field": "value"}', text=text, column=0
        )
    try:
        return found[1], values.read_values(text[found.end() :])
    except UsageError as error:
        column = error.column + found.end() if error.column is not None else None
        raise UsageError(error.message, hint=error.hint, text=text, column=column) from None


def of_path(path: str) -> tuple[str, str]:
    """The service and the method of `/package.Service/Method`, either of them empty. Raises UsageError."""
    service, slash, name = unquote(path).strip("/").partition("/")
    if (service and not _NAME.fullmatch(service)) or (slash and not _NAME.fullmatch(name)):
        raise UsageError(f"{path} names no method", hint="/package.Service/Method")
    return service, name


def fitting(method: Method, asked: list[Any]) -> list[Any]:
    """The values for a method: where it takes one message and none is given, an empty one. Raises UsageError."""
    if method.client_streaming:
        return asked
    if len(asked) > 1:
        raise UsageError(f"{method.path} takes one message, and {len(asked)} are given")
    return asked or [{}]
