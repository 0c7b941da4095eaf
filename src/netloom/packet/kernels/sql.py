"""SQL on packets: columns as a table of DuckDB, which reads them where they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.errors import CapabilityError, UsageError
from netloom.packet.flows.record import PROTOCOLS
from netloom.packet.kernels.columns import WIDTHS, Columns
from netloom.packet.row import address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.packet.kernels.call import Array

ROWS = 1000
"""Rows of an answer that are taken at a time."""
_ADDRESSES = ("src_high", "src_low", "dst_high", "dst_low", "version")
_HARDWARE = ("src_mac", "dst_mac")
_PLAIN = [name for name in WIDTHS if name not in (*_ADDRESSES[:4], *_HARDWARE, "time")]
_NEEDED = {"src": (*_ADDRESSES[:2], "version"), "dst": _ADDRESSES[2:], "protocol_name": ("protocol", "version")}

COLUMNS = ("number", "time", "src", "dst", "src_mac", "dst_mac", "protocol_name", *_PLAIN)
"""What the table `packets` has: rows as `Row` tells them, but time as a timestamp, and addresses and names as text."""


def needed(query: str) -> list[str]:
    """The columns of rows that a query can mean. One that asks for everything gets everything."""
    everything = re.search(r"(?<!\()\*", query) is not None
    words = set(re.findall(r"[a-z_]+", query.lower()))
    found = {"length"}
    for name in COLUMNS:
        if everything or name in words:
            found |= set(_NEEDED.get(name, (name,)))
    return [name for name in WIDTHS if name in found]


def query(columns: Columns, text: str) -> Iterator[list[dict[str, Any]]]:
    """The rows of an answer, some at a time, from the columns that `needed` tells. UsageError for what is no query."""
    try:
        import duckdb
    except ImportError:
        raise CapabilityError("SQL needs DuckDB", hint="pip install 'netloom[packets]'") from None
    # Nothing is fetched because of a query
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    connect(connection, columns)
    try:
        found = connection.execute(text)
        names = [column[0] for column in found.description or ()]
        while rows := found.fetchmany(ROWS):
            yield [dict(zip(names, row, strict=True)) for row in rows]
    except duckdb.Error as exc:
        told = str(exc).strip()
        raise UsageError(told.splitlines()[0], hint=f"the table is packets: {', '.join(COLUMNS)}") from exc
    finally:
        connection.close()


def connect(connection: Any, columns: Columns) -> None:
    """Make the table `packets` of columns."""
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
    connection.register("names", _table(PROTOCOLS))
    if "src_low" in arrays or "dst_low" in arrays:
        connection.register("hosts", _hosts(connection, [end for end in ("src", "dst") if f"{end}_low" in arrays]))
    view = f"SELECT {', '.join(shown)} FROM rows_of_packets{joins}"  # noqa: S608 - of our own names
    connection.execute(f"CREATE VIEW packets AS {view}")


def _table(named: dict[int, str]) -> dict[str, Array]:
    return {"number": np.array(list(named), np.uint8), "text": np.array(list(named.values()), object)}


def _hosts(connection: Any, ends: list[str]) -> dict[str, Array]:
    """Every address once, and its text."""
    parts = [f"SELECT {end}_high AS high, {end}_low AS low FROM rows_of_packets" for end in ends]  # noqa: S608
    both = " UNION ALL ".join(parts)
    found = connection.execute(f"SELECT DISTINCT high, low FROM ({both})").fetchnumpy()  # noqa: S608
    high, low = (np.asarray(found[name], np.uint64) for name in ("high", "low"))
    texts = [address(*pair) for pair in zip(high.tolist(), low.tolist(), strict=True)]
    return {"high": high, "low": low, "text": np.array([*texts, ""], object)[: len(texts)]}
