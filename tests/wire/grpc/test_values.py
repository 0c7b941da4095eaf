from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf import any_pb2, struct_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from netloom.contents.service import loom
from netloom.errors import RemoteProtocolError, UsageError
from netloom.wire.grpc import schema, values
from netloom.wire.grpc.framing import TooLarge

ECHO: Any = loom.catalogue().method("/netloom.Loom/Echo")
SUM: Any = loom.catalogue().method("/netloom.Loom/Sum")
ANSWER: Any = schema.known().method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_there_and_back(text: str) -> None:
    message = values.from_json({"text": text}, ECHO.request)
    again = values.parse(ECHO.request, values.emit(message))
    assert values.to_json(again, defaults=True) == {"text": text}


@given(st.binary(max_size=100))
def test_any_octets(said: bytes) -> None:
    refused = None
    try:
        values.to_json(values.parse(ANSWER.response, said))
    except RemoteProtocolError as error:
        refused = error
    assert refused is None or refused.rule


def test_defaults_and_names() -> None:
    message = ANSWER.response(valid_host="h")
    assert values.to_json(message) == {"validHost": "h"}
    assert values.to_json(message, names=True) == {"valid_host": "h"}
    assert values.to_json(SUM.response(), defaults=True) == {"count": 0, "sum": 0.0}


@pytest.mark.parametrize(
    "value",
    [{"tex": 1}, {"text": 1}, [], "a", 1, {"text": ["a"]}, {"text": {"a": 1}}, {"text": "\ud800"}, {1: 2}],
)
def test_what_doesnt_fit(value: Any) -> None:
    with pytest.raises(UsageError) as refused:
        values.from_json(value, ECHO.request)
    assert "netloom.Thread" in refused.value.message
    assert "\n" not in refused.value.message


def test_depth() -> None:
    deep: Any = {}
    for _ in range(200):
        deep = {"originalRequest": deep}
    with pytest.raises(UsageError):
        values.from_json({"originalRequest": {"fileContainingExtension": deep}}, ANSWER.response)
    nested: Any = []
    for _ in range(150):
        nested = [nested]
    with pytest.raises(UsageError):
        values.from_json(nested, struct_pb2.ListValue)


def test_more_values_than_anybody_could_read() -> None:
    listed = ANSWER.response()
    for _ in range(values.VALUES + 1):
        listed.list_services_response.service.add()
    assert len(values.emit(listed)) < 2 * values.VALUES + 20
    with pytest.raises(TooLarge):
        values.to_json(listed)
    assert len(values.to_json(values.parse(ANSWER.response, b""), defaults=True)) == 1


def test_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "VALUES", 5)
    listing: Any = schema.known().method("/grpc.health.v1.Health/List")
    message = listing.response()
    for name in ("a", "b"):  # three messages, two keys; with defaults a field of each besides
        message.statuses[name].status = 0
    assert values.to_json(message) == {"statuses": {"a": {}, "b": {}}}
    with pytest.raises(TooLarge):
        values.to_json(message, defaults=True)
    numbers = ANSWER.response(all_extension_numbers_response={"extension_number": range(6)})
    assert values.to_json(numbers)  # so few octets can't be too many
    monkeypatch.setattr(values, "_SMALL", 0)
    with pytest.raises(TooLarge):
        values.to_json(numbers)
    with pytest.raises(TooLarge):
        values.to_json(ANSWER.response(original_request={"file_containing_extension": {"extension_number": 1}}))


def test_well_known_types() -> None:
    moment = values.from_json("2026-11-21T00:00:00Z", timestamp_pb2.Timestamp)
    assert values.to_json(moment) == "2026-11-21T00:00:00Z"
    with pytest.raises(RemoteProtocolError):
        values.to_json(timestamp_pb2.Timestamp(seconds=-(10**18)))


def test_an_any_of_an_unknown_type() -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        values.to_json(any_pb2.Any(type_url="type.googleapis.com/no.Such", value=b"x"), pool=ECHO.pool)
    assert refused.value.rule == "ProtoJSON"


def test_a_type_that_only_has_the_name_of_a_well_known_one() -> None:
    from netloom.wire.grpc.catalogue import Catalogue

    file = schema.file("a.proto", "google.protobuf", [schema.message("Timestamp", schema.field("x", 1, schema.STRING))])
    request = schema.file(
        "b.proto",
        "b",
        [schema.message("R", schema.field("t", 1, ".google.protobuf.Timestamp"))],
        [schema.service("S", schema.method("M", ".b.R", ".b.R"))],
    )
    request.dependency.append("a.proto")
    method: Any = Catalogue.of_protos([file, request]).method("/b.S/M")
    with pytest.raises(RemoteProtocolError):
        values.to_json(values.parse(method.response, b"\x0a\x03\x0a\x01x"))


def test_a_field_that_is_required() -> None:
    from netloom.wire.grpc.catalogue import Catalogue

    field = FieldDescriptorProto(name="a", number=1, type=schema.STRING, label=FieldDescriptorProto.LABEL_REQUIRED)
    file = FileDescriptorProto(name="c.proto", package="c", syntax="proto2")
    file.message_type.add(name="R").field.append(field)
    file.service.add(name="S").method.add(name="M", input_type=".c.R", output_type=".c.R")
    method: Any = Catalogue.of_protos([file]).method("/c.S/M")
    with pytest.raises(UsageError):
        values.emit(method.request())
    with pytest.raises(RemoteProtocolError):
        values.parse(method.request, b"")


def test_values_one_after_the_other() -> None:
    assert values.read_values('{"a": 1}[2] 3\n"x"  null') == [{"a": 1}, [2], 3, "x", None]
    assert values.read_values(" \n") == []


@pytest.mark.parametrize(("text", "column"), [("{", 1), ("1 x", 2), ('{"a": }', 6), ("[1,]", 3), ("1" * 5000, 0)])
def test_what_is_no_json(text: str, column: int) -> None:
    with pytest.raises(UsageError) as refused:
        values.read_values(text)
    assert refused.value.column == column


def test_json_too_deep() -> None:
    with pytest.raises(UsageError):
        values.read_values("[" * 100_000)


def test_numbers_of_64_bits_are_texts_in_json() -> None:
    assert json.dumps(values.to_json(struct_pb2.Value(number_value=1.5))) == "1.5"
