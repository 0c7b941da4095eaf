"""The schemas that every gRPC server and client knows: health, reflection, a status with details; built in code."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from google.protobuf import any_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    OneofDescriptorProto,
    ServiceDescriptorProto,
)

from netloom.wire.grpc.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

HEALTH = "grpc.health.v1.Health"
REFLECTIONS = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
"""The newer one first, which is asked first."""
SERVING_STATUS = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")

STRING, BYTES, INT32, DOUBLE = (
    FieldDescriptorProto.TYPE_STRING,
    FieldDescriptorProto.TYPE_BYTES,
    FieldDescriptorProto.TYPE_INT32,
    FieldDescriptorProto.TYPE_DOUBLE,
)


def message(name: str, *fields: FieldDescriptorProto, **rest: object) -> DescriptorProto:
    """A message of these fields."""
    return DescriptorProto(name=name, field=fields, **rest)  # type: ignore[arg-type]  # whatever else it has


def field(
    name: str, number: int, kind: object, *, repeated: bool = False, choice: bool = False
) -> FieldDescriptorProto:
    """A field of a scalar type, or of the message or enumeration (`enum .NAME`) of that name.

    `choice`: it is one of the message's only oneof.
    """
    made = FieldDescriptorProto(
        name=name,
        number=number,
        label=FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL,
    )
    if isinstance(kind, str):
        enum, _, made.type_name = kind.rpartition(" ")
        made.type = FieldDescriptorProto.TYPE_ENUM if enum else FieldDescriptorProto.TYPE_MESSAGE
    else:
        made.type = kind  # type: ignore[assignment]  # one of the types above
    if choice:
        made.oneof_index = 0
    return made


def method(name: str, request: str, response: str, *, streams: str = "") -> MethodDescriptorProto:
    """A method; `streams` has `client`, `server`, or both."""
    made = MethodDescriptorProto(name=name, input_type=request, output_type=response)
    if "client" in streams:
        made.client_streaming = True
    if "server" in streams:
        made.server_streaming = True
    return made


def file(
    name: str, package: str, messages: Sequence[DescriptorProto], services: Sequence[ServiceDescriptorProto] = ()
) -> FileDescriptorProto:
    """A file of proto3."""
    return FileDescriptorProto(name=name, package=package, syntax="proto3", message_type=messages, service=services)


def service(name: str, *methods: MethodDescriptorProto) -> ServiceDescriptorProto:
    """A service of these methods."""
    return ServiceDescriptorProto(name=name, method=methods)


def _health() -> FileDescriptorProto:
    """grpc/health/v1/health.proto."""
    own = ".grpc.health.v1."
    status = EnumDescriptorProto(
        name="ServingStatus",
        value=[EnumValueDescriptorProto(name=name, number=number) for number, name in enumerate(SERVING_STATUS)],
    )
    entry = message("StatusesEntry", field("key", 1, STRING), field("value", 2, f"{own}HealthCheckResponse"))
    entry.options.map_entry = True
    return file(
        "grpc/health/v1/health.proto",
        "grpc.health.v1",
        [
            message("HealthCheckRequest", field("service", 1, STRING)),
            message(
                "HealthCheckResponse",
                field("status", 1, f"enum {own}HealthCheckResponse.ServingStatus"),
                enum_type=[status],
            ),
            message("HealthListRequest"),
            message(
                "HealthListResponse",
                field("statuses", 1, f"{own}HealthListResponse.StatusesEntry", repeated=True),
                nested_type=[entry],
            ),
        ],
        [
            service(
                "Health",
                method("Check", f"{own}HealthCheckRequest", f"{own}HealthCheckResponse"),
                method("List", f"{own}HealthListRequest", f"{own}HealthListResponse"),
                method("Watch", f"{own}HealthCheckRequest", f"{own}HealthCheckResponse", streams="server"),
            )
        ],
    )


def _reflection(version: str) -> FileDescriptorProto:
    """grpc/reflection/v1/reflection.proto, which is v1alpha's but for its package."""
    own = f".grpc.reflection.{version}."
    request = message(
        "ServerReflectionRequest",
        field("host", 1, STRING),
        field("file_by_filename", 3, STRING, choice=True),
        field("file_containing_symbol", 4, STRING, choice=True),
        field("file_containing_extension", 5, f"{own}ExtensionRequest", choice=True),
        field("all_extension_numbers_of_type", 6, STRING, choice=True),
        field("list_services", 7, STRING, choice=True),
        oneof_decl=[OneofDescriptorProto(name="message_request")],
    )
    response = message(
        "ServerReflectionResponse",
        field("valid_host", 1, STRING),
        field("original_request", 2, f"{own}ServerReflectionRequest"),
        field("file_descriptor_response", 4, f"{own}FileDescriptorResponse", choice=True),
        field("all_extension_numbers_response", 5, f"{own}ExtensionNumberResponse", choice=True),
        field("list_services_response", 6, f"{own}ListServiceResponse", choice=True),
        field("error_response", 7, f"{own}ErrorResponse", choice=True),
        oneof_decl=[OneofDescriptorProto(name="message_response")],
    )
    return file(
        f"grpc/reflection/{version}/reflection.proto",
        f"grpc.reflection.{version}",
        [
            request,
            message("ExtensionRequest", field("containing_type", 1, STRING), field("extension_number", 2, INT32)),
            response,
            message("FileDescriptorResponse", field("file_descriptor_proto", 1, BYTES, repeated=True)),
            message(
                "ExtensionNumberResponse",
                field("base_type_name", 1, STRING),
                field("extension_number", 2, INT32, repeated=True),
            ),
            message("ListServiceResponse", field("service", 1, f"{own}ServiceResponse", repeated=True)),
            message("ServiceResponse", field("name", 1, STRING)),
            message("ErrorResponse", field("error_code", 1, INT32), field("error_message", 2, STRING)),
        ],
        [
            service(
                "ServerReflection",
                method(
                    "ServerReflectionInfo",
                    f"{own}ServerReflectionRequest",
                    f"{own}ServerReflectionResponse",
                    streams="client server",
                ),
            )
        ],
    )


def _status() -> list[FileDescriptorProto]:
    """google/rpc/status.proto, which grpc-status-details-bin carries, and what it imports."""
    imported = FileDescriptorProto.FromString(any_pb2.DESCRIPTOR.serialized_pb)
    made = file(
        "google/rpc/status.proto",
        "google.rpc",
        [
            message(
                "Status",
                field("code", 1, INT32),
                field("message", 2, STRING),
                field("details", 3, ".google.protobuf.Any", repeated=True),
            )
        ],
    )
    made.dependency.append(imported.name)
    return [imported, made]


@functools.cache
def known() -> Catalogue:
    """Health and both reflections."""
    return Catalogue.of_protos([_health(), _reflection("v1"), _reflection("v1alpha")])


@functools.cache
def rich_status() -> type[Message]:
    """The class of google.rpc.Status."""
    from google.protobuf import message_factory

    made: type[Message] = message_factory.GetMessageClass(
        Catalogue.of_protos(_status()).files["google/rpc/status.proto"].message_types_by_name["Status"]
    )
    return made
