"""Bodies as values and back: each file here is a format. The folder is the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

LIMIT = 64 * 1024 * 1024
"""Bytes that are read at once: a value is whole in memory."""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration of a format. What it needs is imported when it is first used.

    The first of `media_types` is what a body is called that `write` made, the first of `suffixes` ends its file's name;
    `texts` says that a media type's charset counts. `read` raises RemoteProtocolError with the place, `write`
    Unsupported for what the format can't hold. `argument` is what may follow the name, in words, in brackets where it
    may be left out; `given` makes of it the format as it is meant then.
    """

    name: str
    summary: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]
    texts: bool = False
    argument: str = ""
    given: Callable[[str], Format] | None = None

    @property
    def usage(self) -> str:
        """How it is named on a command line."""
        return f"{self.name}{self.argument}"


def named(text: str) -> Format:
    """A format from `NAME[:ARGUMENT]`. Raises UsageError."""
    from netloom.formats._naming import find

    return find(text)


def declared() -> Iterator[Format]:
    """All formats as they are without an argument, sorted by name."""
    from netloom.formats._naming import declarations

    return declarations()


def told(data: bytes, media_type: str = "", name: str = "") -> Format:
    """What a body is in: by a media type that means something, else by the suffix of its name, else by how it begins.

    Raises RemoteProtocolError where nothing tells.
    """
    from netloom.formats._telling import tell

    return tell(data, media_type, name)


def read(format: Format, data: bytes, media_type: str = "") -> Any:
    """The value of a body in this format; a media type may name its charset. Raises RemoteProtocolError."""
    from netloom.formats._telling import take

    return take(format, data, media_type)


def loads(data: bytes | str, format: str = "") -> Any:
    """The value that a body stands for: texts, numbers, true and false, None, bytes, moments (datetimes with a zone),
    lists and dicts.

    Without a format it is told by how the body begins. Raises UsageError for a format that there isn't or that can't be
    told, RemoteProtocolError with the place for what isn't well-formed.
    """
    octets = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    return read(named(format) if format else told(octets), octets)


def dumps(value: Any, format: str) -> bytes:
    """A value as a body. Raises UsageError for a format that there isn't, Unsupported with the place for what it can't
    hold."""
    return named(format).write(value)


def convert(data: bytes | str, *, to: str, from_: str = "") -> bytes:
    """A body in another format: `loads`, then `dumps`."""
    wanted = named(to)
    return wanted.write(loads(data, from_))
