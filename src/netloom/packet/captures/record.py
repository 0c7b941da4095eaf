"""Records of what happened to capture files."""

from __future__ import annotations

from netloom.records import Record


class Written(Record, frozen=True, kw_only=True):
    """A capture file that was written: `octets` of packets are in it. `first` and `last` in Unix seconds.

    `of` names what its packets have in common, `lost` what the format has no place for: comments, directions, names,
    secrets.
    """

    file: str
    format: str
    frames: int
    octets: int
    first: float | None = None
    last: float | None = None
    of: str = ""
    lost: tuple[str, ...] = ()


class DamagedFile(Record, frozen=True, kw_only=True):
    """A capture file that is cut or damaged: `frames` before `byte` (counted in what is uncompressed) are kept."""

    file: str
    damaged: str
    byte: int
    frames: int
