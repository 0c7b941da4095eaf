"""Numbers and texts in 16-bit registers, the way devices have them: most significant octet first, words in an order.

The protocol itself knows bits and words only (Modbus Application Protocol 1.1b3 §4.3); everything else is custom.
"""

from __future__ import annotations

import struct

NUMBERS = {"uint16": "H", "int16": "h", "uint32": "I", "int32": "i", "uint64": "Q", "int64": "q",
           "float32": "f", "float64": "d"}  # fmt: skip
"""How a number stands in words, and its letter in `struct`."""


def width(kind: str) -> int:
    """How many words a number takes."""
    return struct.calcsize(f">{NUMBERS[kind]}") // 2


def octets_of(words: tuple[int, ...], little: bool = False) -> bytes:
    """Words as octets; `little` where the least significant word comes first."""
    return struct.pack(f">{len(words)}H", *(words[::-1] if little else words))


def words_of(octets: bytes, little: bool = False) -> tuple[int, ...]:
    """The words of an even number of octets."""
    words = struct.unpack(f">{len(octets) // 2}H", octets)
    return words[::-1] if little else words


def number_of(kind: str, words: tuple[int, ...], little: bool = False) -> int | float:
    """A number out of as many words as it takes."""
    (found,) = struct.unpack(f">{NUMBERS[kind]}", octets_of(words, little))
    return found  # type: ignore[no-any-return]  # an int or a float


def words_for(kind: str, number: float, little: bool = False) -> tuple[int, ...]:
    """The words of a number. Raises ValueError where it doesn't fit."""
    letter = NUMBERS[kind]
    try:
        return words_of(struct.pack(f">{letter}", number if letter in "fd" else _whole(number)), little)
    except (struct.error, OverflowError):
        raise ValueError(f"{number} doesn't fit {kind}") from None


def _whole(number: float) -> int:
    if number != int(number):
        raise ValueError(f"{number} isn't a whole number")
    return int(number)


def text_of(words: tuple[int, ...]) -> str:
    """A text, up to its first NUL; what is no UTF-8 is shown as it is in hex."""
    return octets_of(words).split(b"\0", 1)[0].decode("utf-8", "backslashreplace")
