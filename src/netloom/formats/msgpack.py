"""MessagePack, with its timestamps."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from netloom.errors import RemoteProtocolError
from netloom.formats import Format
from netloom.formats._values import Misfit, fitting, key, leaf, taken

RULE = "MessagePack"
_PLACE = re.compile(r" \(byte (\d+)\)$")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


def read(data: bytes) -> Any:
    """The value. Raises RemoteProtocolError, also for extensions other than timestamps."""
    try:
        found = msgspec.msgpack.decode(data)
    except UnicodeDecodeError as error:
        raise RemoteProtocolError(f"MessagePack: a text is no UTF-8: {error.reason}", rule=RULE) from None
    except RecursionError:
        raise RemoteProtocolError("MessagePack: lists and mappings within each other, too many", rule=RULE) from None
    except msgspec.DecodeError as error:
        words = str(error).removeprefix("MessagePack data is malformed: ")
        at = _PLACE.search(words)
        offset = int(at[1]) if at else len(data) if "truncated" in words else None
        raise RemoteProtocolError(f"MessagePack: {words[0].lower()}{words[1:]}", rule=RULE, offset=offset) from None
    return taken(found, RULE, _known)


def write(value: Any) -> bytes:
    """A value; its moments are timestamps, which have no zone of their own."""
    return msgspec.msgpack.encode(fitting("MessagePack", value, _narrow, _narrow_key))


def _known(value: Any) -> Any:
    if isinstance(value, msgspec.msgpack.Ext):
        raise Misfit(f"an extension of type {value.code}, which only those know who agreed on it")
    return leaf(value)


def _narrow(value: Any) -> Any:
    value = leaf(value)
    if type(value) is int and not _SMALLEST <= value <= _LARGEST:
        raise Misfit("a whole number of more than 64 bits", "CBOR, YAML and JSON have room for it")
    return value


def _narrow_key(name: Any) -> Any:
    return _narrow(key(name))


FORMAT = Format(
    name="msgpack",
    summary="MessagePack",
    media_types=("application/vnd.msgpack", "application/msgpack", "application/x-msgpack"),
    suffixes=(".msgpack", ".mpk"),
    read=read,
    write=write,
)
