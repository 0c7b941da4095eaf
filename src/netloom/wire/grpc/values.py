"""Messages as JSON and back: Protocol Buffers' own mapping, within bounds (ProtoJSON)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError, EncodeError

from netloom.errors import RemoteProtocolError, UsageError
from netloom.wire.grpc.framing import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message import Message

DEPTH = 100
"""Messages within messages, in JSON; Protocol Buffers themselves have the same bound."""
_MISTAKES = (json_format.Error, AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError)
VALUES = 500_000
"""What a message may have in JSON: messages, and values in lists and in fields."""
_SMALL = 64 * 1024
_SPACE = " \t\r\n"
_OTHER_FORMS = "google.protobuf."
"""Where those types are whose form in JSON may be no object: Timestamp, Value, wrappers."""


def parse(kind: Callable[[], Message], octets: bytes) -> Message:
    """A message of this class. Raises RemoteProtocolError for octets that aren't one."""
    message = kind()
    try:
        message.ParseFromString(octets)
    except (DecodeError, ValueError) as error:
        name = message.DESCRIPTOR.full_name
        raise RemoteProtocolError(f"that is no {name}: {error}", rule="Protocol Buffers, encoding") from None
    if not message.IsInitialized():
        name = message.DESCRIPTOR.full_name
        raise RemoteProtocolError(f"a field that {name} requires is missing", rule="Protocol Buffers, proto2")
    return message


def emit(message: Message) -> bytes:
    """A message as octets. Raises UsageError where a field that proto2 requires is missing."""
    try:
        return message.SerializeToString()
    except EncodeError as error:
        raise UsageError(f"the message isn't complete: {error}") from None


def to_json(
    message: Message, *, defaults: bool = False, names: bool = False, pool: DescriptorPool | None = None
) -> Any:
    """A message as plain JSON values. `defaults` shows fields that have their default, `names` as the schema has them.

    Raises RemoteProtocolError for what has no form in JSON, such as an Any whose type `pool` doesn't know, and TooLarge
    for what would become more than `VALUES` values: two octets can be a message, and a message many fields.
    """
    if defaults or message.ByteSize() > _SMALL:
        _count(message, defaults)
    try:
        return json_format.MessageToDict(
            message,
            always_print_fields_with_no_presence=defaults,
            preserving_proto_field_name=names,
            descriptor_pool=pool,
        )
    except _MISTAKES as error:
        name = message.DESCRIPTOR.full_name
        raise RemoteProtocolError(f"this {name} has no form in JSON: {error}", rule="ProtoJSON") from None


def _count(message: Message, defaults: bool) -> None:
    waiting = [message]
    count = 0
    while waiting:
        taken = waiting.pop()
        set_ = taken.ListFields()
        count += 1 + (len(taken.DESCRIPTOR.fields) if defaults else len(set_))
        for field, value in set_:
            inside = field.message_type
            if field.is_repeated:
                count += len(value)
                is_map = inside is not None and inside.GetOptions().map_entry
                if inside is not None and count <= VALUES:
                    waiting += [each for each in (value.values() if is_map else value) if hasattr(each, "ListFields")]
            elif inside is not None:
                waiting.append(value)
        if count > VALUES:
            raise TooLarge(f"a {message.DESCRIPTOR.full_name} of more than {VALUES} values", rule="ProtoJSON")


def from_json(value: Any, kind: Callable[[], Message], pool: DescriptorPool | None = None) -> Message:
    """JSON values as a message of this class. Raises UsageError that says which field is wrong."""
    message = kind()
    name = message.DESCRIPTOR.full_name
    if not isinstance(value, dict) and not name.startswith(_OTHER_FORMS):
        raise UsageError(f"a {name} is an object in JSON: {{…}}", hint=_fields(message))
    try:
        made: Message = json_format.Parse(json.dumps(value), message, descriptor_pool=pool, max_recursion_depth=DEPTH)
    except _MISTAKES as error:
        words = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise UsageError(f"that is no {name}: {words}", hint=_fields(message)) from None
    return made


def read_values(text: str) -> list[Any]:
    """JSON values one after the other, with spaces between them or without. Raises UsageError with the column."""
    return list(_values(text))


def _values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    at, size = 0, len(text)
    while True:
        while at < size and text[at] in _SPACE:
            at += 1
        if at == size:
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise UsageError(f"no JSON: {error.msg}", text=text, column=error.pos) from None
        except (ValueError, RecursionError) as error:
            raise UsageError(f"no JSON: {error}", text=text, column=at) from None
        yield value


def _fields(message: Message) -> str:
    names = [field.json_name for field in message.DESCRIPTOR.fields]
    return f"its fields: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}" if names else "it has no fields"
