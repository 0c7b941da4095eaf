"""Domain names: their wire form, with compression, and their text (RFC 1035 §3.1, §4.1.4, §5.1; RFC 4343)."""

from __future__ import annotations

import functools

from netloom.errors import LocalProtocolError, RemoteProtocolError

ROOT = b"\0"
NAME_LIMIT = 255
"""Octets of a name's wire form (RFC 1035 §2.3.4)."""
LABEL_LIMIT = 63
_HOPS = 127
"""A name has no more labels than that, so more pointers lead nowhere."""

_LENGTHS = "RFC 1035 §2.3.4"
_COMPRESSION = "RFC 1035 §4.1.4"
_ESCAPED = {
    octet: chr(octet) if 0x20 < octet < 0x7F and octet not in b'"().;\\@$' else f"\\{octet:03d}" for octet in range(256)
} | {octet: f"\\{chr(octet)}" for octet in b'"().;\\@$'}


def read_name(data: bytes, at: int, known: dict[int, bytes]) -> tuple[bytes, int]:
    """The name at an offset, as uncompressed octets, and where it ends. `known` remembers names by offset.

    A pointer has to point before everything that was read of this name so far, so that no loop is possible.
    Raises RemoteProtocolError.
    """
    start = at
    name = b""
    end = hops = 0
    try:
        while True:
            length = data[at]
            if length >= 0xC0:
                if not end:
                    end = at + 2
                target = (length & 0x3F) << 8 | data[at + 1]
                hops += 1
                if target >= start or hops > _HOPS:
                    raise RemoteProtocolError("a compression pointer doesn't point back", rule=_COMPRESSION, offset=at)
                found = known.get(target)
                if found is not None:
                    name += found
                    break
                at = start = target
            elif length == 0:
                name += b"\0"
                at += 1
                break
            elif length < 0x40:
                after = at + length + 1
                name += data[at:after]
                at = after
                if len(name) > NAME_LIMIT:
                    break
            else:
                raise RemoteProtocolError(f"a label begins with {length:#04x}", rule=_COMPRESSION, offset=at)
    except IndexError:
        raise RemoteProtocolError("the message ends within a name", rule=_COMPRESSION, offset=len(data)) from None
    if len(name) > NAME_LIMIT:
        raise RemoteProtocolError(f"a name of more than {NAME_LIMIT} octets", rule=_LENGTHS, offset=at)
    return name, end or at


@functools.lru_cache(maxsize=8192)
def to_text(name: bytes) -> str:
    """A wire-form name as text, with the dot at its end and escapes where they are needed."""
    if name == ROOT:
        return "."
    parts = []
    at = 0
    while name[at]:
        after = at + name[at] + 1
        label = name[at + 1 : after]
        plain = label.replace(b"-", b"").replace(b"_", b"").isalnum()
        parts.append(label.decode("ascii") if plain else "".join([_ESCAPED[octet] for octet in label]))
        at = after
    return ".".join(parts) + "."


@functools.lru_cache(maxsize=8192)
def from_text(text: str) -> bytes:
    r"""The wire form of an absolute name; a dot at its end may be missing. `\.` and `\046` are escapes.

    Raises LocalProtocolError for what can't be a name; it has to be ASCII (IDNA is for the caller).
    """
    if text in ("", "."):
        return ROOT
    labels = _labels(text)
    if not labels[-1] and len(labels) > 1:
        labels.pop()
    for label in labels:
        if not label:
            raise LocalProtocolError(f"{text[:80]!r} has an empty label", rule=_LENGTHS)
        if len(label) > LABEL_LIMIT:
            raise LocalProtocolError(f"a label has at most {LABEL_LIMIT} octets: {label[:20]!r}…", rule=_LENGTHS)
    name = b"".join([bytes((len(label),)) + label for label in labels]) + b"\0"
    if len(name) > NAME_LIMIT:
        raise LocalProtocolError(f"a name has at most {NAME_LIMIT} octets, this one {len(name)}", rule=_LENGTHS)
    return name


def _labels(text: str) -> list[bytes]:
    if not text.isascii():
        raise LocalProtocolError(f"{text[:80]!r} isn't ASCII", rule="RFC 5890 §2.3.1")
    if "\\" not in text:
        return [label.encode() for label in text.split(".")]
    labels = [bytearray()]
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == ".":
            labels.append(bytearray())
        elif char != "\\":
            labels[-1].append(ord(char))
        elif text[at : at + 3].isdigit() and len(text[at : at + 3]) == 3 and int(text[at : at + 3]) < 256:
            labels[-1].append(int(text[at : at + 3]))
            at += 3
        elif at < len(text) and not text[at].isdigit():
            labels[-1].append(ord(text[at]))
            at += 1
        else:
            raise LocalProtocolError(f"a bad escape in {text[:80]!r}", rule="RFC 1035 §5.1", offset=at - 1)
    return [bytes(label) for label in labels]


@functools.lru_cache(maxsize=8192)
def _letters(name: bytes) -> int:
    """0x20 at every octet that is a letter, as one number."""
    mask = bytearray(len(name))
    at = 0
    while name[at]:
        for place in range(at + 1, at + name[at] + 1):
            if chr(name[place]).isalpha() and name[place] < 0x80:
                mask[place] = 0x20
        at += name[at] + 1
    return int.from_bytes(mask)


def mix_case(name: bytes, noise: bytes) -> bytes:
    """The name with the case of its letters chosen by `noise`, which is as long: what is echoed can't be guessed.

    (draft-vixie-dnsext-dns0x20)
    """
    return (int.from_bytes(name) ^ int.from_bytes(noise) & _letters(name)).to_bytes(len(name))


def reverse(address: str) -> bytes | None:
    """The name at which the PTR of an address stands (RFC 1035 §3.5, RFC 3596 §2.5); None for what is no address."""
    from ipaddress import ip_address

    try:
        return from_text(ip_address(address).reverse_pointer)
    except ValueError:
        return None


def emit_name(out: bytearray, name: bytes, seen: dict[bytes, int], *, base: int = 0) -> None:
    """Append a name, compressed against what is in `seen` (suffixes by offset from `base`), which it adds to."""
    at = 0
    while name[at]:
        suffix = name[at:]
        found = seen.get(suffix)
        if found is not None:
            out += (0xC000 | found).to_bytes(2)
            return
        place = len(out) - base
        if place < 0x4000:
            seen[suffix] = place
        after = at + name[at] + 1
        out += name[at:after]
        at = after
    out.append(0)
