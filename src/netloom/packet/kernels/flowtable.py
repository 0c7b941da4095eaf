"""Flows as a table: the fields of `Flow`, with times as timestamps, and addresses and names as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netloom.packet.flowing import tell_of_bounds
from netloom.packet.flows.record import Flow
from netloom.packet.formats.tcp import letters
from netloom.packet.kernels import sql
from netloom.packet.kernels.flowcolumns import CollectedFlows, FlowColumns
from netloom.packet.kernels.table import REASONS
from netloom.packet.protocols import PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from netloom.packet.flows.tracked import Names
    from netloom.packet.kernels.call import Array
    from netloom.packet.kernels.flows import FlowTable
    from netloom.packet.reading import Reading

COLUMNS = Flow.__struct_fields__

_FLAGS = 1 << 9
"""TCP's flags that have letters."""
_COMPUTED = {
    "protocol": "coalesce(protocols.text, rows_of_flows.protocol::VARCHAR)",
    "src_ip": "src_text.text",
    "dst_ip": "dst_text.text",
    "packets": "(packets_forward + packets_backward)::UBIGINT",
    "bytes": "(bytes_forward + bytes_backward)::UBIGINT",
    "app_protocol": "apps.text",
    "server_name": "coalesce(server_name, '')",
    "ja4": "coalesce(ja4, '')",
    "alpn": "coalesce(alpns.texts, [])",
    "queries": "coalesce(asked.texts, [])",
    "flags_forward": "forward.text",
    "flags_backward": "backward.text",
    "handshake_rtt": "CASE WHEN handshake_rtt > 0 THEN handshake_rtt / 1e9 END",
    "ended": "reasons.text",
}
_JOINS = f"""
    JOIN hosts src_text ON src_text.high = src_high AND src_text.low = src_low
    JOIN hosts dst_text ON dst_text.high = dst_high AND dst_text.low = dst_low
    LEFT JOIN protocols ON protocols.number = protocol
    JOIN apps ON apps.number = app
    JOIN reasons ON reasons.number = reason
    JOIN flags forward ON forward.number = flags_forward & {_FLAGS - 1}
    JOIN flags backward ON backward.number = flags_backward & {_FLAGS - 1}
    LEFT JOIN flow_names ON flow_names.number = rows_of_flows.number
    LEFT JOIN alpns ON alpns.number = rows_of_flows.number
    LEFT JOIN asked ON asked.number = rows_of_flows.number
"""


class Flows:
    """The flows of captures, as a tracker tells them apart. `seed` is Community ID's."""

    def __init__(self, tracker: FlowTable, seed: int = 0) -> None:
        self._tracker = tracker
        self._collected = CollectedFlows(seed)
        self._columns: FlowColumns | None = None

    def gather(self, reading: Reading, tell: Callable[[str], None]) -> Iterator[None]:
        """Read them, batch by batch, and tell what bounds have cost."""
        for batch in reading.batches(self._tracker.keys):
            for block in self._tracker.add(batch, prompt=False):
                self._collected.take(block)
            yield
        for block in self._tracker.finish():
            self._collected.take(block)
            yield
        tell_of_bounds(self._tracker, tell)

    @property
    def columns(self) -> FlowColumns:
        """What was gathered."""
        if self._columns is None:
            self._columns = self._collected.done()
        return self._columns

    @property
    def table(self) -> sql.Table:
        """The same for queries."""
        return sql.Table("flows", COLUMNS, lambda connection: connect(connection, self.columns))


def connect(connection: Any, columns: FlowColumns) -> None:
    """Make the view `flows` of columns."""
    arrays = dict(columns)
    arrays["number"] = np.arange(columns.rows)
    arrays["start"], arrays["end"] = (arrays[name].view("datetime64[ns]") for name in ("start", "end"))
    arrays["community_id"] = arrays["community_id"].astype(str).astype(object)
    connection.register("rows_of_flows", arrays)
    connection.register("hosts", sql.hosts(connection, "rows_of_flows", ["src", "dst"]))
    connection.register("protocols", sql.texts(PROTOCOLS))
    connection.register("apps", sql.texts(dict(enumerate(columns.apps))))
    connection.register("reasons", sql.texts(dict(enumerate(REASONS))))
    connection.register("flags", sql.texts({bits: letters(bits) for bits in range(_FLAGS)}))
    connection.register("flow_names", _named(columns.names))
    for name, lists in (
        ("alpns", {row: names.alpn for row, names in columns.names.items()}),
        ("asked", {row: names.queries for row, names in columns.names.items()}),
    ):
        connection.register(f"{name}_one_by_one", _one_by_one(lists))
        gathered = f"SELECT number, list(text ORDER BY place) AS texts FROM {name}_one_by_one GROUP BY number"  # noqa: S608
        connection.execute(f"CREATE VIEW {name} AS {gathered}")
    shown = ", ".join(f'{_COMPUTED.get(name, f"""rows_of_flows."{name}" """)} AS "{name}"' for name in COLUMNS)
    connection.execute(f"CREATE VIEW flows AS SELECT {shown} FROM rows_of_flows {_JOINS}")  # noqa: S608 - our own names


def _named(names: dict[int, Names]) -> dict[str, Array]:
    return {
        "number": np.array(list(names), np.int64),
        "server_name": _objects([one.server_name for one in names.values()]),
        "ja4": _objects([one.ja4 for one in names.values()]),
    }


def _one_by_one(lists: Mapping[int, Sequence[str]]) -> dict[str, Array]:
    """Lists of texts as a row for each text."""
    found = [(row, place, text) for row, several in lists.items() for place, text in enumerate(several)]
    return {
        "number": np.array([row for row, _, _ in found], np.int64),
        "place": np.array([place for _, place, _ in found], np.int64),
        "text": _objects([text for _, _, text in found]),
    }


def _objects(several: list[str]) -> Array:
    """Texts, also if there are none: DuckDB takes what has no type for numbers."""
    return np.array([*several, ""], object)[:-1]
