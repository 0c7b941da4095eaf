"""Records as JSON: bytes are text where they are UTF-8, otherwise {"base64": "…"}."""

from __future__ import annotations

import base64
from typing import Any

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
    if isinstance(record, ProbeRecord):  # its facts are plain values already, so the encoder's own, faster way does
        try:
            return _encoder.encode(record)
        except UnicodeEncodeError:
            pass  # a name that a peer sent holds bytes which aren't UTF-8: they are escaped below
    return _encoder.encode(plain(record))


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
        return {"base64": base64.b64encode(data).decode()}


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def pretty(value: Any) -> str:
    """A value as people read JSON."""
    return msgspec.json.format(_encoder.encode(plain(value)), indent=2).decode()
