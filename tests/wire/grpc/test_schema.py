from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from netloom.wire.grpc import schema, values

_TELL = """
import sys
from importlib import import_module
sys.stdout.buffer.write(import_module(sys.argv[1]).DESCRIPTOR.serialized_pb)
"""


def official(module: str) -> FileDescriptorProto:
    """A file as its makers compiled it, by a process of its own: descriptors of one name can't be there twice."""
    done = subprocess.run([sys.executable, "-c", _TELL, module], capture_output=True, check=True, timeout=60)
    made = FileDescriptorProto.FromString(done.stdout)
    made.ClearField("options")
    made.ClearField("name")
    for message in made.message_type:
        for field in message.field:
            field.ClearField("json_name")
    return made


@pytest.mark.parametrize(
    ("module", "file"),
    [
        ("grpc_health.v1.health_pb2", "grpc/health/v1/health.proto"),
        ("grpclib.reflection.v1.reflection_pb2", "grpc/reflection/v1/reflection.proto"),
        ("grpc_reflection.v1alpha.reflection_pb2", "grpc/reflection/v1alpha/reflection.proto"),
    ],
)
def test_they_are_as_their_makers_have_them(module: str, file: str) -> None:
    ours = FileDescriptorProto.FromString(schema.known().files[file].serialized_pb)
    ours.ClearField("name")
    assert str(ours) == str(official(module))


def test_a_status_with_details() -> None:
    made: Any = schema.rich_status()(code=5, message="m")
    made.details.add(type_url="t/x.Y", value=b"z")
    assert values.emit(made) == b"\x08\x05\x12\x01m\x1a\x0a\x0a\x05t/x.Y\x12\x01z"


def test_what_is_known() -> None:
    assert set(schema.known().services) == {schema.HEALTH, *schema.REFLECTIONS}
