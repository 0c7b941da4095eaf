"""Protocol Buffers: a message whose type a file of descriptors has, in the values that ProtoJSON has for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from netloom.endpoint import suggest
from netloom.errors import RemoteProtocolError, Unsupported, UsageError
from netloom.formats import Format
from netloom.formats._values import as_in_json, fitting, text_key

if TYPE_CHECKING:
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import Message

_HOW = "protobuf:FILE:MESSAGE, the file by protoc --include_imports --descriptor_set_out=FILE"


def read(_: bytes) -> NoReturn:
    """Raises RemoteProtocolError: octets alone don't tell what their numbers mean."""
    raise RemoteProtocolError("a message of Protocol Buffers doesn't tell its type", hint=f"--from {_HOW}")


def write(_: Any) -> NoReturn:
    """Raises Unsupported: without a type there is no message."""
    raise Unsupported("a message of Protocol Buffers has a type", hint=_HOW)


class _Known:
    """A type of messages, and the pool for those that an Any may hold."""

    def __init__(self, kind: type[Message], pool: DescriptorPool) -> None:
        self.kind = kind
        self.pool = pool

    def read(self, data: bytes) -> Any:
        """The message as ProtoJSON has it: 64-bit numbers are texts, bytes base64."""
        from netloom.wire.grpc.values import parse, to_json

        return to_json(parse(self.kind, data), pool=self.pool)

    def write(self, value: Any) -> bytes:
        """The message that ProtoJSON makes of a value."""
        from netloom.wire.grpc.values import emit, from_json

        try:
            return emit(from_json(fitting("protobuf", value, as_in_json, text_key), self.kind, self.pool))
        except UsageError as error:
            raise Unsupported(f"protobuf can't hold this: {error.message}", hint=error.hint) from None


def _given(argument: str) -> Format:
    file, _, name = argument.rpartition(":")
    if not file or not name:
        raise UsageError("protobuf needs a file of descriptors and a message's name", hint=_HOW)
    known = _of_file(file, name)
    return msgspec.structs.replace(FORMAT, read=known.read, write=known.write)


def _of_file(file: str, name: str) -> _Known:
    from google.protobuf.message_factory import GetMessageClass

    from netloom.wire.grpc.catalogue import SIZE, Catalogue

    try:
        with Path(file).open("rb") as source:
            catalogue = Catalogue.of_set(source.read(SIZE + 1))
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}", hint=_HOW) from None
    except RemoteProtocolError as error:
        raise UsageError(f"{file}: {error.message}", hint=error.hint or _HOW) from None
    home = catalogue.symbols.get(name)
    if home is None or name not in (kinds := _messages(home)):
        found = [known for each in catalogue.files.values() for known in _messages(each)]
        raise UsageError(
            f"{file} has no message {name!r}", hint=suggest(name, found) or f"messages: {', '.join(found[:20])}"
        )
    return _Known(GetMessageClass(kinds[name]), home.pool)


def _messages(file: Any) -> dict[str, Any]:
    """A file's types of messages by their full names, those within others as well."""
    found: dict[str, Any] = {}
    waiting = list(file.message_types_by_name.values())
    while waiting:
        taken = waiting.pop()
        found[taken.full_name] = taken
        waiting += taken.nested_types
    return dict(sorted(found.items()))


FORMAT = Format(
    name="protobuf",
    summary="a message of that type; the file by protoc --include_imports --descriptor_set_out",
    media_types=("application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf"),
    suffixes=(".binpb", ".pb"),
    read=read,
    write=write,
    argument=":FILE:MESSAGE",
    given=_given,
)
