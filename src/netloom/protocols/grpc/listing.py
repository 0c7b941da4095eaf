"""Methods and fields as entries of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor import FieldDescriptor

from netloom.records import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor

    from netloom.wire.grpc.catalogue import Method

_KINDS = {
    value: name.removeprefix("TYPE_").lower()
    for name, value in vars(FieldDescriptor).items()
    if name.startswith("TYPE_") and isinstance(value, int)
}


def method_entry(method: Method) -> Entry:
    """A method: its kind, and the types of what it takes and gives."""
    descriptor = method.descriptor
    takes, gives = descriptor.input_type.full_name, descriptor.output_type.full_name
    return Entry(name=method.name, path=method.path, kind=method.kind, value={"takes": takes, "gives": gives})


def fields_of(message: Descriptor) -> Iterator[Entry]:
    """The fields of a message, by their names in JSON."""
    for field in message.fields:
        kind = _KINDS.get(field.type, str(field.type))
        named = field.message_type or field.enum_type
        value: dict[str, object] = {"number": field.number, "repeated": bool(field.is_repeated)}
        if field.containing_oneof is not None:
            value["oneof"] = field.containing_oneof.name
        if field.enum_type is not None:
            value["values"] = [each.name for each in field.enum_type.values]
        yield Entry(name=field.json_name, kind=named.full_name if named is not None else kind, value=value)
