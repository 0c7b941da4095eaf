"""CBOR (RFC 8949); tags that no value has are passed over, as on the way to JSON (§6.1)."""

from __future__ import annotations

import contextlib
import functools
import io
from typing import TYPE_CHECKING, Any

from netloom.errors import RemoteProtocolError
from netloom.formats import Format
from netloom.formats._values import DEPTH, Misfit, fitting, leaf, shown, taken

if TYPE_CHECKING:
    from collections.abc import Callable

RULE = "RFC 8949"
_PASSED_OVER = (4, 5, 30, 35, 36, 37, 43000, 52, 54, 100, 258, 260, 261, 1004)
"""Tags that the library makes objects of: decimal fractions, patterns, UUIDs, addresses, dates, sets."""
_SMALL = 1 << 20
"""Octets among which the place of a mistake is looked for."""
_REFERENCES = (25, 256, 28, 29)
"""Tags with which one part of a message stands for another: a few octets could become any amount of memory."""


def read(data: bytes) -> Any:
    """The value. Raises RemoteProtocolError; also for what follows it, references, and fields that come twice."""
    from cbor2 import CBORDecodeError

    source = io.BytesIO(data)
    try:
        found = _decoder(source).decode()
    except (CBORDecodeError, RecursionError, ValueError, OverflowError) as error:
        raise _misread(data, error) from None
    if source.tell() < len(data):
        raise RemoteProtocolError("CBOR: something follows the value", rule=RULE, offset=source.tell())
    return taken(found, RULE, _known)


def write(value: Any) -> bytes:
    """A value; its moments are texts with their tag (0)."""
    import cbor2

    return cbor2.dumps(fitting("CBOR", value))


def _decoder(source: io.BytesIO, step: int = 4096) -> Any:
    from cbor2 import CBORDecoder

    return CBORDecoder(
        source,
        tag_hook=_content,
        semantic_decoders=_tags(),
        read_size=step,
        max_depth=DEPTH,
        allow_duplicate_keys=False,
    )


@functools.cache
def _tags() -> dict[int, Callable[[Any, bool], Any]]:
    return dict.fromkeys(_PASSED_OVER, _bare) | dict.fromkeys(_REFERENCES, _refuse)


# The library calls them with what a tag stands before, and whether that may change.


def _content(tag: Any, _: bool) -> Any:
    return tag.value


def _bare(value: Any, _: bool) -> Any:
    return value


def _refuse(*_: Any) -> Any:
    raise ValueError("a reference to another part (tags 25, 28, 29 and 256) isn't taken")


def _misread(data: bytes, error: Exception) -> RemoteProtocolError:
    """The error, with the octet until which it was read: found by reading it again, bit by bit."""
    words, why = str(error), str(error.__cause__ or "")
    words = words if why in words else f"{words}: {why}"
    if len(data) > _SMALL:
        return RemoteProtocolError(f"CBOR: {words:.200}", rule=RULE)
    source = io.BytesIO(data)
    with contextlib.suppress(Exception):  # the same once more
        _decoder(source, 1).decode()
    return RemoteProtocolError(f"CBOR: {words:.200}", rule=RULE, offset=source.tell())


def _known(value: Any) -> Any:
    try:
        return leaf(value)
    except Misfit as misfit:
        if isinstance(value, int | str):
            raise
        raise Misfit(f"{shown(value)} is no value of other formats") from misfit


FORMAT = Format(
    name="cbor",
    summary="CBOR",
    media_types=("application/cbor", "application/senml+cbor"),
    suffixes=(".cbor",),
    read=read,
    write=write,
)
