"""The records have a schema and nothing else."""

from __future__ import annotations

import msgspec
import pytest

from netloom.packet.live import records
from netloom.packet.record import PacketRecord
from netloom.records import Record

KINDS = [kind for kind in vars(records).values() if isinstance(kind, type) and issubclass(kind, Record)]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (Record, PacketRecord)])
def test_a_schema_that_tells(kind: type[Record]) -> None:
    schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
    assert schema["description"]
    assert schema["properties"]
