"""What leaves has a schema, in which every field is described or plain."""

from __future__ import annotations

import msgspec
import pytest

from netloom.packet.record import AnswerRow, PacketRecord


@pytest.mark.parametrize("kind", [PacketRecord, AnswerRow])
def test_it_has_a_schema(kind: type[PacketRecord] | type[AnswerRow]) -> None:
    schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
    assert set(schema["properties"]) == set(kind.__struct_fields__)


def test_it_comes_back_from_json() -> None:
    packet = PacketRecord(number=1, time=1.5, src="a", dst="b", protocol="x", length=1, captured=1, anomalies=("cut",))
    assert msgspec.json.decode(msgspec.json.encode(packet), type=PacketRecord) == packet
