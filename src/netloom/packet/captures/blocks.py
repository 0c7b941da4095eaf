"""Blocks: what capture files are made of, besides frames (draft-ietf-opsawg-pcapng, draft-ietf-opsawg-pcap)."""

from __future__ import annotations

from msgspec import Struct

from netloom.errors import RemoteProtocolError
from netloom.packet.frame import Frame

LINKTYPE_RAW = 101
"""Packets start with their IPv4 or IPv6 header."""
SECRETS_TLS_KEY_LOG = 0x544C534B
"""The decryption secrets are lines of the NSS key log format."""
BLOCK_LIMIT = 16 * 1024 * 1024
"""Octets of a block or record that a reader takes into memory; Wireshark has the same limit."""
FRAME_LIMIT = 262_144
"""Octets of a pcap record, where the file doesn't announce longer ones."""
INTERFACES_LIMIT = 65_536
"""Interfaces of a section: what 16 bits count."""
TOLD_LIMIT = 8 * 1024 * 1024
"""Octets of names, and of secrets, that are remembered of a capture."""

_TIME = 1 << 63


class Damaged(RemoteProtocolError):
    """A capture file isn't what its format wants, from byte `offset` (uncompressed) on; `what` says how."""

    def __init__(self, name: str, what: str, offset: int, *, rule: str = "") -> None:
        super().__init__(f"{name} is damaged at byte {offset}: {what}", rule=rule, offset=offset)
        self.name = name
        self.what = what


class Section(Struct, frozen=True):
    """The start of a section: numbers of interfaces start again at 0."""

    application: str = ""
    comment: str = ""


class Interface(Struct, frozen=True):
    """Where frames came from, what they start with, and how their time is told: `ticks` a second, `offset` seconds.

    `snap` is how many octets of a frame are kept (0: all), `fcs` how many at a frame's end are its check sequence.
    """

    link_type: int
    name: str = ""
    ticks: int = 1_000_000
    offset: int = 0
    snap: int = 0
    fcs: int = 0

    def nanoseconds(self, ticks: int) -> int | None:
        """Nanoseconds since 1970; None where signed 64 bits don't hold them, the ticks or the offset."""
        if ticks >= _TIME:
            return None
        made = ticks * 1_000_000_000 // self.ticks
        offset = self.offset * 1_000_000_000
        told = made + offset
        return told if made < _TIME and abs(offset) < _TIME and told < _TIME else None


class Secrets(Struct, frozen=True):
    """Secrets to decrypt what follows; for TLS a key log."""

    kind: int
    data: bytes

    def __repr__(self) -> str:
        return f"Secrets(kind={self.kind:#x}, data=***)"


class Names(Struct, frozen=True):
    """What addresses are called; the first name where there are several."""

    names: dict[str, str]


class Drops(Struct, frozen=True):
    """Frames that an interface lost since its capture began: the sum so far."""

    interface: int
    count: int


class Other(Struct, frozen=True):
    """A block that is skipped, as the format wants unknown ones to be."""

    kind: int
    body: bytes


Block = Section | Interface | Frame | Secrets | Names | Drops | Other


class Told:
    """What a capture's blocks have told so far, besides frames."""

    def __init__(self) -> None:
        self.secrets = bytearray()
        """Lines of a TLS key log."""
        self.names: dict[str, str] = {}
        self._names_size = 0
        self._drops: dict[tuple[int, int], int] = {}
        self._section = 0

    @property
    def drops(self) -> int:
        """Frames that were lost before they could be captured."""
        return sum(self._drops.values())

    def hear(self, block: Block) -> None:
        """Remember what a block says, up to `TOLD_LIMIT`."""
        match block:
            case Section():
                self._section += 1
            case Secrets(kind, data) if kind == SECRETS_TLS_KEY_LOG and len(self.secrets) + len(data) < TOLD_LIMIT:
                line_end = b"" if data.endswith(b"\n") else b"\n"
                self.secrets += data + line_end
            case Names(names):
                for address, name in names.items():
                    self._names_size += len(address) + len(name)
                    if self._names_size <= TOLD_LIMIT:
                        self.names.setdefault(address, name)
            case Drops(interface, count):
                self._drops[self._section, interface] = count
