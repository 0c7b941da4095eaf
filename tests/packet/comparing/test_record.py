"""Records of differences: they have a schema, and say what they say."""

from __future__ import annotations

import msgspec

from netloom.packet.comparing.record import Comparison, FlowDifference, PacketDifference


def test_they_have_a_schema() -> None:
    _, schemas = msgspec.json.schema_components([PacketDifference, FlowDifference, Comparison])
    assert {"PacketDifference", "FlowDifference", "Comparison", "Delays", "FieldChange", "PacketRecord"} <= set(schemas)
