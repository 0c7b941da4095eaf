from __future__ import annotations

from hpack import Encoder
from hyperframe.frame import DataFrame, Frame, HeadersFrame, SettingsFrame
from hypothesis import given
from hypothesis import strategies as st

from netloom.protocols.grpc.decode import Decoder
from netloom.wire.grpc import framing

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def headers(stream: int, *fields: tuple[str, str], encoder: Encoder, end: bool = False) -> Frame:
    return HeadersFrame(stream, data=encoder.encode(fields), flags=["END_HEADERS", *(["END_STREAM"] if end else [])])


def asked(*messages: bytes) -> bytes:
    encoder = Encoder()
    path = ((":method", "POST"), (":path", "/netloom.Loom/Echo"), ("authorization", "Bearer c4n4ry"))
    body = b"".join(framing.emit(framing.Frame(message)) for message in messages)
    frames = [SettingsFrame(0), headers(1, *path, encoder=encoder), DataFrame(1, data=body, flags=["END_STREAM"])]
    return PREFACE + b"".join(frame.serialize() for frame in frames)


def answered(code: str = "0", words: str = "") -> bytes:
    encoder = Encoder()
    said = (("grpc-status", code), *([("grpc-message", words)] if words else []))
    frames = [
        SettingsFrame(0),
        headers(1, (":status", "200"), encoder=encoder),
        DataFrame(1, data=framing.emit(framing.Frame(b"abc", compressed=True))),
        headers(1, *said, encoder=encoder, end=True),
    ]
    return b"".join(frame.serialize() for frame in frames)


def words(sender: str, data: bytes, size: int = 1 << 20) -> list[str]:
    decoder = Decoder()
    if sender == "server":
        decoder.feed("client", PREFACE)  # who is asked answers
    return [said.words for at in range(0, len(data), size) for said in decoder.feed(sender, data[at : at + size])]


def test_a_call() -> None:
    told = words("client", asked(b"weft", b"c4n4ry"))
    assert "stream 1: POST /netloom.Loom/Echo HTTP/2" in told
    assert told[-2:] == ["stream 1: message 1: 4 bytes", "stream 1: message 2: 6 bytes"]
    assert "c4n4ry" not in str(told)


def test_an_answer() -> None:
    told = words("server", answered("5", "n%C3%B6%0Athread"))
    assert "stream 1: grpc-status: 5 (NOT_FOUND)" in told
    assert "stream 1: grpc-message: nö·thread" in told
    assert told[-1] == "stream 1: message 1: 3 bytes, compressed"


def test_pieces_of_any_size() -> None:
    for sender, data in (("client", asked(b"a", b"bc")), ("server", answered("12"))):
        whole = words(sender, data)
        for size in (1, 2, 7, 60):
            assert words(sender, data, size) == whole


def test_what_isnt_a_message() -> None:
    encoder = Encoder()
    body = DataFrame(1, data=b"\3\0\0\0\1x", flags=["END_STREAM"])
    data = SettingsFrame(0).serialize() + headers(1, (":status", "200"), encoder=encoder).serialize() + body.serialize()
    assert "flag 0 or 1, not 3" in words("server", data)[-1]


def test_many_messages() -> None:
    told = words("client", asked(*[b""] * 1000))
    assert told[-1] == "stream 1: more messages"
    assert len(told) < 40


@given(st.binary(max_size=300), st.sampled_from(["client", "server"]))
def test_any_octets(data: bytes, sender: str) -> None:
    assert isinstance(words(sender, PREFACE + data if sender == "client" else data), list)
