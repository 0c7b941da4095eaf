"""HTTP/3 and QUIC's headers."""

from __future__ import annotations

from netloom.wire import quic
from netloom.wire.http3 import frames, message, qpack, settings, streams, varint
from tests.security.parsers.parser import Parser

_GET = qpack.emit([(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")])
_OK = qpack.emit([(b":status", b"200"), (b"content-type", b"text/plain"), (b"x-loom", b"warp")])


def _frames(said: bytes) -> object:
    return frames.Frames(1000).feed(said)


def _request(said: bytes) -> object:
    pseudo, others = message.request(qpack.parse(said, 10_000))
    return pseudo, message.length(others)


def _response(said: bytes) -> object:
    return message.response(qpack.parse(said, 10_000))


def _encoder(said: bytes) -> object:
    streams.check_encoder(said)
    return None


def _decoder(said: bytes) -> object:
    streams.DecoderStream().feed(said)
    return None


PARSERS = {
    "http/3 frames": Parser(
        _frames, [frames.emit(frames.HEADERS, _GET) + frames.emit(frames.DATA, b"x"), frames.emit(0x21, b"grease")]
    ),
    "http/3 settings": Parser(settings.parse, [settings.emit({1: 0, 6: 65536, 7: 0})]),
    "http/3 integers": Parser(varint.parse, [varint.emit(1 << 40)]),
    "http/3 requests": Parser(_request, [_GET]),
    "http/3 responses": Parser(_response, [_OK]),
    "qpack's encoder": Parser(_encoder, [b"\x20"]),
    "qpack's decoder": Parser(_decoder, [b"\x44\x7f\x01"]),
    "quic headers": Parser(
        lambda said: quic.parse(said, 8), [b"\xc3\0\0\0\1\x0812345678\x04abcd\0\x40\x64" + bytes(100)]
    ),
}
