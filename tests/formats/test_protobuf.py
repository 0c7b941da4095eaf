"""Protocol Buffers: messages by a file of descriptors, as ProtoJSON has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import RemoteProtocolError, Unsupported, UsageError
from netloom.formats import declared, dumps, loads
from netloom.wire.grpc import schema
from tests.formats.values import TEXTS

if TYPE_CHECKING:
    from pathlib import Path

INT64, UINT32 = FieldDescriptorProto.TYPE_INT64, FieldDescriptorProto.TYPE_UINT32


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A message with a text, octets, numbers, and a list of messages within it."""
    inner = schema.message("Thread", schema.field("colour", 1, schema.STRING), schema.field("knots", 2, UINT32))
    outer = schema.message(
        "Cloth",
        schema.field("the_name", 1, schema.STRING),
        schema.field("raw", 2, schema.BYTES),
        schema.field("size", 3, INT64),
        schema.field("width", 4, schema.DOUBLE),
        schema.field("threads", 5, ".loom.Cloth.Thread", repeated=True),
        nested_type=[inner],
    )
    place: Path = tmp_path_factory.mktemp("descriptors") / "cloth.desc"
    made = FileDescriptorSet(file=[schema.file("cloth.proto", "loom", [outer])])
    place.write_bytes(made.SerializeToString())
    return f"protobuf:{place}:loom.Cloth"


def test_a_message(form: str) -> None:
    value = {"theName": "twill", "raw": b"\0\xff", "size": 2**40, "threads": [{"colour": "red", "knots": 3}, {}]}
    made = dumps(value, form)
    assert made == b"\n\x05twill\x12\x02\x00\xff\x18\x80\x80\x80\x80\x80 *\x07\n\x03red\x10\x03*\x00"
    assert loads(made, form) == value | {"raw": "AP8=", "size": "1099511627776"}
    assert dumps(loads(made, form), form) == made
    assert dumps({"the_name": "twill"}, form) == b"\n\x05twill"


def test_a_message_within(form: str) -> None:
    assert dumps({"knots": 3}, f"{form}.Thread") == b"\x10\x03"


THREADS = st.fixed_dictionaries({}, optional={"colour": TEXTS.filter(bool), "knots": st.integers(1, 2**32 - 1)})
CLOTHS = st.fixed_dictionaries(
    {},
    optional={
        "theName": TEXTS.filter(bool),
        "width": st.floats(allow_nan=False, allow_infinity=False).filter(bool),
        "threads": st.lists(THREADS, min_size=1, max_size=3),
    },
)


@given(value=CLOTHS)
def test_there_and_back(form: str, value: Any) -> None:
    assert loads(dumps(value, form), form) == value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"colour": "red"}, "that is no loom.Cloth"),
        ([1], "a loom.Cloth is an object"),
        ({1: 1, "1": 1}, "at /1: a second field of that name"),
        ({"size": 2**63}, "that is no loom.Cloth"),
        ({"width": float("nan")}, "at /width: there is no number for nan"),
    ],
)
def test_what_it_cant_hold(form: str, value: Any, words: str) -> None:
    with pytest.raises(Unsupported, match=words) as caught:
        dumps(value, form)
    assert caught.value.message.startswith("protobuf can't hold this")


def test_octets_that_are_no_message(form: str) -> None:
    with pytest.raises(RemoteProtocolError, match=r"that is no loom\.Cloth"):
        loads(b"\x0a\xff", form)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda form: form.rpartition(":")[0], "has no message|needs a file|can't be read"),
        (lambda form: f"{form}s", "cloth.desc has no message 'loom.Cloths'"),
        (lambda form: form.replace("loom.Cloth", "loom.Cloth.size"), "has no message 'loom.Cloth.size'"),
        (lambda form: form.replace("cloth.desc", "none"), "none can't be read: No such file"),
        (lambda form: "protobuf", "needs a file of descriptors"),
        (lambda form: "protobuf:", "needs a file of descriptors"),
    ],
)
def test_what_it_needs(form: str, change: Any, words: str) -> None:
    for use in (lambda: loads(b"", change(form)), lambda: dumps({}, change(form))):
        with pytest.raises(UsageError, match=words):
            use()


def test_a_message_that_is_only_said_to_be_one() -> None:
    form = next(form for form in declared() if form.name == "protobuf")
    with pytest.raises(RemoteProtocolError, match="doesn't tell its type") as caught:
        form.read(b"")
    assert caught.value.hint.startswith("--from protobuf:FILE:MESSAGE")
    with pytest.raises(Unsupported, match="has a type"):
        form.write({})


def test_a_file_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"syntax = 'proto3';")
    with pytest.raises(UsageError, match="x: that is no set of descriptors"):
        loads(b"", f"protobuf:{tmp_path}/x:a.B")


def test_a_message_of_the_same_name_in_a_hint(form: str) -> None:
    with pytest.raises(UsageError) as caught:
        loads(b"", f"{form}x")
    assert "loom.Cloth" in caught.value.hint
