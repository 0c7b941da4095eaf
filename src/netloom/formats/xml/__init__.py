"""XML: attributes are `@name`, text `#text`, children of one name a list; or, typed, as XPath writes JSON (XML 1.0)."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from netloom.errors import UsageError
from netloom.formats import Format
from netloom.formats._naming import words


def read(data: bytes, root: str = "") -> Any:
    """`{root element: value}`, all of it texts; with `root` the value alone."""
    from netloom.formats.xml.reading import read as work

    return work(data, root)


def write(value: Any, root: str = "", *, pretty: bool = False) -> bytes:
    """A document of `{root element: value}`, or of any value with `root`."""
    from netloom.formats.xml.writing import write as work

    return work(value, root, pretty=pretty)


def _read_typed(data: bytes) -> Any:
    from netloom.formats.xml.typed import read as work

    return work(data)


def _write_typed(value: Any, *, pretty: bool = False) -> bytes:
    from netloom.formats.xml.typed import write as work

    return work(value, pretty=pretty)


def _given(argument: str) -> Format:
    said = words(FORMAT.name, argument, ("typed", "pretty"), ("root",))
    pretty, root = "pretty" in said, said.get("root", "")
    if "typed" not in said:
        reader, writer = functools.partial(read, root=root), functools.partial(write, root=root, pretty=pretty)
        return msgspec.structs.replace(FORMAT, read=reader, write=writer)
    if root:
        raise UsageError("typed XML has a root of its own", hint="xml:typed", text=f"xml:{argument}", column=4)
    return msgspec.structs.replace(FORMAT, read=_read_typed, write=functools.partial(_write_typed, pretty=pretty))


FORMAT = Format(
    name="xml",
    summary="@name is an attribute, #text the text; typed: as XPath has JSON; pretty: for people",
    media_types=("application/xml", "text/xml"),
    suffixes=(".xml",),
    read=read,
    write=write,
    argument="[:typed,pretty,root=NAME]",
    given=_given,
)
