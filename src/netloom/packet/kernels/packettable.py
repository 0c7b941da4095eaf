"""Packets as a table: the columns of rows, with times as timestamps, and addresses and names as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.packet.kernels import sql
from netloom.packet.kernels.columns import WIDTHS, Collected, PacketColumns
from netloom.packet.protocols import PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netloom.packet.reading import Reading

_ADDRESSES = ("src_high", "src_low", "dst_high", "dst_low", "version")
_HARDWARE = ("src_mac", "dst_mac")
_PLAIN = [name for name in WIDTHS if name not in (*_ADDRESSES[:4], *_HARDWARE, "time")]
_NEEDED = {"src": (*_ADDRESSES[:2], "version"), "dst": _ADDRESSES[2:], "protocol_name": ("protocol", "version")}

COLUMNS = ("number", "time", "src", "dst", "src_mac", "dst_mac", "protocol_name", *_PLAIN)


class Packets:
    """The packets of captures, as far as a query means them; all of them without one."""

    def __init__(self, query: str = "") -> None:
        self._collected = Collected(needed(query) if query else list(WIDTHS))
        self._columns: PacketColumns | None = None

    def gather(self, reading: Reading, tell: Callable[[str], None]) -> Iterator[None]:  # noqa: ARG002
        """Read them, batch by batch; there is nothing to tell."""
        for batch in reading.batches():
            self._collected.take(batch)
            yield

    @property
    def columns(self) -> PacketColumns:
        """What was gathered."""
        if self._columns is None:
            self._columns = self._collected.done()
        return self._columns

    @property
    def table(self) -> sql.Table:
        """The same for queries."""
        return sql.Table("packets", COLUMNS, lambda connection: connect(connection, self.columns))


def needed(query: str) -> list[str]:
    """The columns of rows that a query can mean. One that asks for everything gets everything."""
    everything = re.search(r"(?<!\()\*", query) is not None
    words = set(re.findall(r"[a-z_]+", query.lower()))
    found = {"length"}
    for name in COLUMNS:
        if everything or name in words:
            found |= set(_NEEDED.get(name, (name,)))
    return [name for name in WIDTHS if name in found]


def connect(connection: Any, columns: PacketColumns) -> None:
    """Make the view `packets` of columns."""
    arrays = dict(columns)
    arrays["number"] = np.arange(1, columns.rows + 1)
    if "time" in arrays:
        arrays["time"] = columns.times
    shown = [f'rows_of_packets."{name}"' for name in ("number", "time", *_PLAIN) if name in arrays]
    joins = ""
    for end in ("src", "dst"):
        if f"{end}_low" in arrays:
            shown.append(f"{end}_text.text AS {end}")
            joins += f" LEFT JOIN hosts {end}_text ON {end}_text.high = {end}_high AND {end}_text.low = {end}_low"
            joins += f" AND (version > 0 OR {end}_low > 0)"  # what has no IP has zeros, and so has ::
        if f"{end}_mac" in arrays:
            octets = ", ".join(f"substr(printf('%012x', {end}_mac), {at}, 2)" for at in range(1, 12, 2))
            shown.append(f"concat_ws(':', {octets}) AS {end}_mac")
    if "protocol" in arrays and "version" in arrays:
        shown.append("names.text AS protocol_name")
        joins += " LEFT JOIN names ON names.number = protocol AND version > 0"
    connection.register("rows_of_packets", arrays)
    connection.register("names", sql.texts(PROTOCOLS))
    if ends := [end for end in ("src", "dst") if f"{end}_low" in arrays]:
        connection.register("hosts", sql.hosts(connection, "rows_of_packets", ends))
    view = f"SELECT {', '.join(shown)} FROM rows_of_packets{joins}"  # noqa: S608 - of our own names
    connection.execute(f"CREATE VIEW packets AS {view}")
