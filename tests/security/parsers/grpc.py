"""gRPC."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hpack import Encoder
from hyperframe.frame import DataFrame, HeadersFrame, SettingsFrame

from netloom.wire.grpc import coding, framing, metadata, schema, status, values
from netloom.wire.grpc.catalogue import Catalogue
from netloom.wire.grpc.framing import Deframer, Frame
from tests.security.parsers.parser import Parse, Parser, text

_INFO: Any = schema.known().method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
_BOUNDS = coding.Bounds(size=1 << 20)
_FILES = [FileDescriptorProto.FromString(file.serialized_pb) for file in schema.known().files.values()]
_TOLD = values.emit(_INFO.response(file_descriptor_response={"file_descriptor_proto": [_FILES[0].SerializeToString()]}))


def _frames(said: bytes) -> object:
    deframer = Deframer(1 << 16)
    found = [coding.unpack(frame, "gzip", _BOUNDS) for frame in deframer.feed(said)]
    deframer.finish()
    return found


def _unpacked(encoding: str) -> Parse:
    return lambda said: coding.unpack(Frame(said, compressed=True), encoding, _BOUNDS)


def _message(said: bytes) -> object:
    return values.to_json(values.parse(_INFO.response, said))


def _descriptors(said: bytes) -> object:
    found = Catalogue.of_set(said)
    return len(found.symbols), len(found.extensions), [method.request() for method in found.methods()]


def _fields(said: str) -> object:
    found = [(name, value) for name, _, value in (line.partition(": ") for line in said.split("\n"))]
    return metadata.parse(found), metadata.size(found)


def _status(said: str) -> object:
    return status.parse(said), metadata.parse_message(said), metadata.parse_timeout(said)


def _said(*messages: Frame) -> bytes:
    encoder = Encoder()
    fields = [(":method", "POST"), (":path", "/netloom.Loom/Echo"), ("content-type", "application/grpc")]
    frames = [
        SettingsFrame(0),
        HeadersFrame(1, data=encoder.encode(fields), flags=["END_HEADERS"]),
        DataFrame(1, data=b"".join(map(framing.emit, messages))),
        HeadersFrame(
            1,
            data=encoder.encode([("grpc-status", "5"), ("grpc-message", "a%20b")]),
            flags=["END_HEADERS", "END_STREAM"],
        ),
    ]
    return b"".join(frame.serialize() for frame in frames)


_PACKED = coding.pack(b"warp and weft " * 20, "gzip")

PARSERS = {
    "grpc messages": Parser(_frames, [framing.emit(Frame(b"loom")) + framing.emit(_PACKED)]),
    "grpc gzip": Parser(_unpacked("gzip"), [_PACKED.payload]),
    "grpc deflate": Parser(_unpacked("deflate"), [coding.pack(bytes(500), "deflate").payload]),
    "grpc metadata": Parser(text(_fields), [b"x: y\nz-bin: AAEC, /w==\ngrpc-status: 0\nuser-agent: loom"]),
    "grpc statuses": Parser(text(_status), [b"250m", b"1H"]),
    "grpc reflection": Parser(_message, [_TOLD]),
    "grpc descriptors": Parser(
        _descriptors, [FileDescriptorSet(file=[file]).SerializeToString() for file in _FILES]
    ),
}  # fmt: skip
SAID = {"grpc": [_said(Frame(b"loom")), _said(_PACKED, Frame(b""))]}
