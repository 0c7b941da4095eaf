from __future__ import annotations

from typing import Any

from netloom.contents.service import loom
from netloom.protocols.grpc.listing import fields_of, method_entry
from netloom.wire.grpc import schema


def test_a_method() -> None:
    method: Any = loom.catalogue().method("/netloom.Loom/Count")
    entry = method_entry(method)
    assert (entry.name, entry.path, entry.kind) == ("Count", "/netloom.Loom/Count", "server streaming")
    assert entry.value == {"takes": "netloom.Range", "gives": "netloom.Number"}


def test_fields() -> None:
    known = schema.known()
    asked: Any = known.method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
    host, *_, listed = list(fields_of(asked.request.DESCRIPTOR))
    assert (host.name, host.kind, host.value) == ("host", "string", {"number": 1, "repeated": False})
    assert listed.value["oneof"] == "message_request"
    checked: Any = known.method("/grpc.health.v1.Health/Check")
    (state,) = fields_of(checked.response.DESCRIPTOR)
    assert state.kind == "grpc.health.v1.HealthCheckResponse.ServingStatus"
    assert state.value["values"] == list(schema.SERVING_STATUS)
    all_of_them: Any = known.method("/grpc.health.v1.Health/List")
    (statuses,) = fields_of(all_of_them.response.DESCRIPTOR)
    assert statuses.value["repeated"]
