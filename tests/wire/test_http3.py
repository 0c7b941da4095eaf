"""HTTP/3's smaller parts: integers, settings, codes, QPACK's streams, and the fields of messages."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.errors import LocalProtocolError, RemoteProtocolError
from netloom.wire.http3 import codes, message, settings, varint
from netloom.wire.http3.codes import Code, Http3Error
from netloom.wire.http3.streams import DecoderStream, check_encoder

GET = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")]


class TestVarint:
    @given(st.integers(0, varint.MOST))
    def test_there_and_back(self, value: int) -> None:
        data = varint.emit(value)
        assert varint.parse(data) == (value, len(data))
        assert all(varint.parse(data[:cut]) is None for cut in range(len(data)))

    @pytest.mark.parametrize(
        ("data", "value"),
        [("c2197c5eff14e88c", 151288809941952652), ("9d7f3e7d", 494878333), ("7bbd", 15293), ("25", 37), ("4025", 37)],
    )
    def test_the_examples_of_the_rfc(self, data: str, value: int) -> None:
        assert varint.parse(bytes.fromhex(data)) == (value, len(data) // 2)

    @pytest.mark.parametrize("value", [-1, varint.MOST + 1])
    def test_what_does_not_fit(self, value: int) -> None:
        with pytest.raises(LocalProtocolError):
            varint.emit(value)


class TestSettings:
    @given(st.dictionaries(st.integers(9, varint.MOST), st.integers(0, varint.MOST), max_size=20))
    def test_there_and_back(self, values: dict[int, int]) -> None:
        assert settings.parse(settings.emit(values)) == values

    @given(st.binary(max_size=100))
    def test_any_bytes(self, data: bytes) -> None:
        with contextlib.suppress(RemoteProtocolError):
            settings.parse(data)

    @pytest.mark.parametrize(
        ("payload", "code"),
        [
            (b"\x06", Code.FRAME_ERROR),
            (b"\x06\x40", Code.FRAME_ERROR),
            (b"\x04\x01", Code.SETTINGS_ERROR),
            (b"\x06\x01\x06\x02", Code.SETTINGS_ERROR),
            (b"\x08\x02", Code.SETTINGS_ERROR),
            (settings.emit({number + 10: 1 for number in range(65)}), Code.EXCESSIVE_LOAD),
        ],
    )
    def test_what_they_may_not_be(self, payload: bytes, code: Code) -> None:
        with pytest.raises(Http3Error) as caught:
            settings.parse(payload)
        assert caught.value.code is code


def test_codes_have_names() -> None:
    assert codes.name_of(0x10C) == "REQUEST_CANCELLED"
    assert codes.name_of(0x1234) == "0x1234"


class TestQpacksStreams:
    def test_the_encoder_may_only_set_a_capacity_of_nothing(self) -> None:
        check_encoder(b"\x20\x20")
        check_encoder(b"")
        with pytest.raises(Http3Error) as caught:
            check_encoder(b"\x3f\xe1\x1f")
        assert caught.value.code is Code.QPACK_ENCODER_STREAM_ERROR

    def test_the_decoder_may_cancel_streams(self) -> None:
        stream = DecoderStream()
        for octet in b"\x44\x7f\x80\x80\x01\x40":
            stream.feed(bytes([octet]))

    @pytest.mark.parametrize("data", [b"\x80", b"\x01", b"\x7f\x01\x80"])
    def test_the_decoder_has_nothing_to_acknowledge(self, data: bytes) -> None:
        with pytest.raises(Http3Error) as caught:
            DecoderStream().feed(data)
        assert caught.value.code is Code.QPACK_DECODER_STREAM_ERROR


class TestRequests:
    def test_a_good_one(self) -> None:
        pseudo, others = message.request([*GET, (b"x-a", b"1"), (b"te", b"trailers")])
        assert pseudo == {":method": "GET", ":scheme": "https", ":authority": "a", ":path": "/"}
        assert others == [("x-a", "1"), ("te", "trailers")]

    def test_connect(self) -> None:
        assert message.request([(b":method", b"CONNECT"), (b":authority", b"a:1")])[0][":authority"] == "a:1"
        with pytest.raises(Http3Error):
            message.request([(b":method", b"CONNECT"), *GET[1:]])

    @pytest.mark.parametrize(
        "fields",
        [
            GET[1:],
            GET[:1] + GET[2:],
            GET[:3],
            [*GET, GET[0]],
            [*GET, (b":status", b"200")],
            [*GET, (b":protocol", b"websocket")],
            [*GET[:3], (b"x", b"y"), GET[3]],
            [*GET, (b"X-Upper", b"1")],
            [*GET, (b"x y", b"1")],
            [*GET, (b"", b"1")],
            [*GET, (b"x", b"a\r\nb")],
            [*GET, (b"x", b"a\0")],
            [*GET, (b"x", b" a")],
            [*GET, (b"connection", b"close")],
            [*GET, (b"transfer-encoding", b"chunked")],
            [*GET, (b"te", b"gzip")],
            [(b":method", b""), *GET[1:]],
        ],
    )
    def test_malformed(self, fields: list[tuple[bytes, bytes]]) -> None:
        with pytest.raises(Http3Error) as caught:
            message.request(fields)
        assert caught.value.code is Code.MESSAGE_ERROR

    @given(st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=12)), max_size=6))
    def test_any_fields(self, fields: list[tuple[bytes, bytes]]) -> None:
        for parse in (message.request, message.response, message.trailers):
            with contextlib.suppress(Http3Error):
                parse([*GET, *fields])


class TestAnswers:
    def test_a_good_one(self) -> None:
        assert message.response([(b":status", b"204"), (b"x", b"\xe9")]) == (204, [("x", "é")])

    @pytest.mark.parametrize("status", [b"", b"20", b"2000", b"099", b"101", b"2x0"])
    def test_a_status_that_is_none(self, status: bytes) -> None:
        with pytest.raises(Http3Error):
            message.response([(b":status", status)])

    def test_trailers_have_no_pseudo_header_fields(self) -> None:
        assert message.trailers([(b"x-sum", b"1")]) == [("x-sum", "1")]
        with pytest.raises(Http3Error):
            message.trailers([(b":status", b"200")])


class TestLength:
    def test_it_is_said_once_or_the_same(self) -> None:
        assert message.length([("content-length", "10"), ("content-length", "10")]) == 10
        assert message.length([("x", "y")]) is None

    @pytest.mark.parametrize("said", [["1", "2"], ["-1"], ["0x1"], ["1" * 20], [""], ["²"]])
    def test_it_is_no_length(self, said: list[str]) -> None:
        with pytest.raises(Http3Error):
            message.length([("content-length", value) for value in said])
