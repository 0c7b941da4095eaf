"""Conversions: what `--as` and `--from` ask for, done to what comes and to what is sent."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from netloom.errors import RemoteProtocolError, Status, Unsupported, UsageError
from netloom.formats import Format, named, read, told
from netloom.shapes import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netloom.records import ReplyRecord
    from netloom.sinks import Sink

_AT_ONCE = 256 * 1024
"""Bytes that are converted while others wait; more are in a thread."""


class Conversion(msgspec.Struct, frozen=True):
    """From one format to another. Without `source` each body tells what it is."""

    wanted: Format
    source: Format | None = None

    async def body(self, data: bytes, media_type: str = "", name: str = "") -> bytes:
        """A body in the wanted format. Raises RemoteProtocolError for what isn't what it is said to be, Unsupported for
        what the format can't hold, both with the place."""
        if len(data) <= _AT_ONCE:
            return self._done(data, media_type, name)
        return await asyncio.to_thread(self._done, data, media_type, name)

    def value(self, value: Any) -> bytes:
        """A structured answer in the wanted format. Raises Unsupported with the place."""
        return self.wanted.write(msgspec.to_builtins(value, builtin_types=(bytes, datetime)))

    async def record(self, record: ReplyRecord, into: Sink, name: str) -> ReplyRecord:
        """A successful reply's record whose body or value is in the wanted format, and goes where it is to go.

        What can't be converted is a failure, and isn't shown as if it were what was asked for.
        """
        if record.status is not Status.SUCCESS or (record.body is None and record.value is None):
            return record
        try:
            if record.body is not None:
                made = await self.body(record.body, media_type_of(record.meta), name)
            else:
                made = self.value(record.value)
            await into.take(Reply(body=made))
        except (RemoteProtocolError, Unsupported) as error:
            return replace(record, status=error.status, message=error.message, hint=error.hint, body=None, value=None)
        return replace(record, body=into.body, value=None, size=into.size, saved_to=into.saved_to)

    def tell(self, client: Any) -> None:
        """Say what a converted body is, where the protocol has a word for it."""
        if hasattr(client, "media_type"):
            client.media_type = self.media_type

    @property
    def media_type(self) -> str:
        """What a converted body is called."""
        return self.wanted.media_types[0]

    @property
    def suffix(self) -> str:
        """What a converted body's file ends with."""
        return self.wanted.suffixes[0]

    def _done(self, data: bytes, media_type: str, name: str) -> bytes:
        if self.source is not None:
            return self.wanted.write(read(self.source, data, media_type))
        source = told(data, media_type, name)
        try:
            value = read(source, data, media_type)
        except RemoteProtocolError as error:
            error.hint = error.hint or f"it was taken for {source.name}: --from FORMAT says what it is"
            raise
        return self.wanted.write(value)


def asked(as_: str, from_: str) -> Conversion | None:
    """What two fields of a request ask for, if anything. Raises UsageError."""
    if as_:
        return Conversion(named(as_), named(from_) if from_ else None)
    if from_:
        raise UsageError(f"into what {from_} is to be converted isn't said", hint="--as FORMAT; in Python as_=FORMAT")
    return None


def media_type_of(meta: Mapping[str, Any]) -> str:
    """What a reply says that its body is, in any protocol's words; empty where it says nothing."""
    headers = meta.get("headers")
    said = headers.get("content-type") if isinstance(headers, dict) else None
    return str(said or meta.get("content_type") or meta.get("content_format") or "")
