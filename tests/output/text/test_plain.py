"""Records as JSON: one form for bytes, and nothing that breaks a line of it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.endpoint import Endpoint, Secret
from netloom.errors import Status
from netloom.output.text.plain import encode, octets, only_json, plain, pretty
from netloom.packet.comparing.record import Comparison
from netloom.packet.flows.record import Flow
from netloom.packet.record import AnswerRow, PacketRecord
from netloom.records import Message, Note, ReplyRecord
from tests.output.examples import probed, reply

json_encoder = msgspec.json.Encoder()
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=[]))
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(values)
def test_any_value_becomes_one_line_of_json(value: Any) -> None:
    line = encode(Note(title="", value=value))
    assert b"\n" not in line
    json.loads(line)


@given(st.binary())
def test_bytes_are_text_or_base64(data: bytes) -> None:
    shown = octets(data)
    if isinstance(shown, str):
        assert shown.encode() == data
    else:
        assert set(shown) == {"base64"}


def test_names_that_are_not_utf8() -> None:
    assert json.loads(encode(probed(summary="file\udcff")))["summary"] == "file\\udcff"
    assert json.loads(encode(reply(message="file\udcff")))["message"] == "file\\udcff"


def test_types_of_ours() -> None:
    value = {"endpoint": Endpoint.parse("tcp://u:canary@h:1"), "secret": Secret("canary"), 5: (1, 2)}
    shown = plain(Note(title="", value=value))["value"]
    assert (shown["secret"], shown["5"], shown["endpoint"]["password"]) == ("•••", [1, 2], "•••")
    assert "canary" not in pretty(value)


def test_a_foreign_type_is_a_bug() -> None:
    with pytest.raises(NotImplementedError):
        encode(Note(title="", value=object()))


@given(st.text(st.characters(exclude_categories=[])), st.floats(), st.none() | st.integers(0, 65535))
def test_what_holds_only_what_json_has_is_the_same_in_both_ways(text: str, number: float, port: int | None) -> None:
    packet = PacketRecord(
        number=1,
        time=number,
        src=text,
        src_port=port,
        dst=text,
        dst_port=port,
        protocol=text,
        length=1,
        captured=1,
        anomalies=(text,),
    )
    assert encode(packet) == json_encoder.encode(plain(packet))


@pytest.mark.parametrize(
    ("kind", "same"),
    [
        (PacketRecord, True),
        (Flow, True),
        (Comparison, True),  # records in it
        (dict[str, list[int | None]], True),
        (Annotated[str, "words"], True),
        (Status, True),
        (AnswerRow, False),  # anything
        (Message, False),  # bytes
        (ReplyRecord, False),
        (list[bytes], False),
        (dict[str, bytes], False),
        (Endpoint, False),  # a secret
        (Literal["a"], False),
    ],
)
def test_which_kinds_do(kind: Any, same: bool) -> None:
    assert only_json(kind) is same
