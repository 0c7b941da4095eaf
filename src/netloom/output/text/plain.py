"""Records as JSON: bytes are text where they are UTF-8, otherwise {"base64": "…"}."""

from __future__ import annotations

import functools
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from netloom.endpoint import Secret
from netloom.records import ProbeRecord, Record

_BYTES = (bytes, bytearray, memoryview)


def _foreign(value: Any) -> Any:
    if isinstance(value, Secret):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} in a record")


_encoder = msgspec.json.Encoder(enc_hook=_foreign)


def encode(record: Record) -> bytes:
    """One record as one line of JSON, without the line's end."""
    if isinstance(record, ProbeRecord) or only_json(type(record)):  # the encoder's own, faster way does
        try:
            return _encoder.encode(record)
        except UnicodeEncodeError:
            pass  # a name that a peer sent holds bytes which aren't UTF-8: they are escaped below
    return _encoder.encode(plain(record))


@functools.cache
def only_json(kind: Any) -> bool:
    """Whether a type holds nothing but what JSON has: no bytes, and nothing of which that isn't known."""
    if isinstance(kind, type):
        if issubclass(kind, msgspec.Struct):
            return all(only_json(field.type) for field in msgspec.structs.fields(kind))
        return issubclass(kind, str | int | float | NoneType | StrEnum)
    if get_origin(kind) is Annotated:
        return only_json(get_args(kind)[0])
    if get_origin(kind) in (list, tuple, dict, Union, UnionType):
        return all(part is ... or only_json(part) for part in get_args(kind))
    return False


def plain(value: Any) -> Any:
    """A record or value as what JSON has: dicts, lists, text, numbers, true, false and null."""
    return _plain(msgspec.to_builtins(value, builtin_types=_BYTES, str_keys=True, enc_hook=_foreign))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return octets(bytes(value)) if isinstance(value, _BYTES) else value


def octets(data: bytes) -> str | dict[str, str]:
    """Bytes as JSON has them."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        from base64 import b64encode

        return {"base64": b64encode(data).decode()}


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def pretty(value: Any) -> str:
    """A value as people read JSON."""
    return msgspec.json.format(_encoder.encode(plain(value)), indent=2).decode()
