from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from netloom.contents.service import loom
from netloom.endpoint import Endpoint
from netloom.errors import (
    ConnectionLost,
    DeadlineExceeded,
    PeerRefused,
    RemoteProtocolError,
    Unauthenticated,
)
from netloom.links.virtual import run
from netloom.protocols.grpc.channel import _authority
from netloom.wire.grpc import coding, framing, schema
from tests.protocols.grpc.stage import GRPC, answering, framed, serving, status

if TYPE_CHECKING:
    from pathlib import Path

ECHO = 'netloom.Loom/Echo {"text": "a"}'


@pytest.fixture
def protoset(tmp_path: Path) -> str:
    """A file with the descriptors of netloom.Loom."""
    file = tmp_path / "loom.protoset"
    files = [FileDescriptorProto.FromString(each.serialized_pb) for each in loom.catalogue().files.values()]
    file.write_bytes(FileDescriptorSet(file=files).SerializeToString())
    return str(file)


class TestOthers:
    """Servers that aren't gRPC's, or not rightly."""

    async def ask(self, *answers: Any, protoset: str = "", **options: str) -> Any:
        async with answering(*answers) as stage:
            return await stage.run(ECHO, descriptors=protoset, **options)

    async def test_rightly(self, protoset: str) -> None:
        assert (await self.ask(status(body=framed(b"\x0a\x01a")), protoset=protoset)).value == {"text": "a"}

    @pytest.mark.parametrize(
        ("answer", "rule"),
        [
            (status(code=""), "gRPC over HTTP/2"),
            (status(), ""),
            (status(body=framed(b"", b"")), ""),
            (status(body=framed(b"")[:3]), "gRPC over HTTP/2"),
            (status(body=b"\3\0\0\0\0"), "gRPC over HTTP/2"),
            (status(body=b"\0\xff\xff\xff\xff"), "gRPC over HTTP/2"),
            (status(body=b"\1\0\0\0\1x"), "gRPC over HTTP/2"),
            (status(body=b"\1\0\0\0\1x", first=(*GRPC[:1], ("grpc-encoding", "snappy"))), "gRPC over HTTP/2"),
            (status(body=framed(b"\xff")), "Protocol Buffers, encoding"),
            (status(("x-bin", "*"), body=framed(b"")), "gRPC over HTTP/2"),
            (status(("x", "y" * 20_000), body=framed(b"")), "gRPC over HTTP/2"),
            (status(body=framed(b""), first=(*GRPC[:1], ("x", "y" * 20_000))), "gRPC over HTTP/2"),
            (status(body=framed(b""), first=(("content-type", "text/html"),)), "gRPC over HTTP/2"),
            (status(body=framed(b""), first=()), "gRPC over HTTP/2"),
        ],
    )
    async def test_wrongly(self, answer: Any, rule: str, protoset: str) -> None:
        with pytest.raises(RemoteProtocolError) as refused:
            await self.ask(answer, protoset=protoset)
        assert refused.value.rule == rule

    @pytest.mark.parametrize(
        ("number", "kind", "code"),
        [
            (404, PeerRefused, "UNIMPLEMENTED"),
            (401, Unauthenticated, "UNAUTHENTICATED"),
            (503, PeerRefused, "UNAVAILABLE"),
        ],
    )
    async def test_http(self, number: int, kind: type[PeerRefused], code: str, protoset: str) -> None:
        async def answer(exchange: Any) -> None:
            await exchange.respond(number, (("content-type", "text/html"),), b"<p>no</p>")

        with pytest.raises(kind, match=f"HTTP {number}") as refused:
            await self.ask(answer, protoset=protoset)
        assert (refused.value.code, refused.value.text) == (code, "<p>no</p>")

    async def test_a_reset(self, protoset: str) -> None:
        async def answer(exchange: Any) -> None:
            await exchange.start(200, GRPC[:1])
            raise ValueError

        with pytest.raises(PeerRefused, match="INTERNAL_ERROR") as refused:
            await self.ask(answer, protoset=protoset)
        assert refused.value.code == "INTERNAL"

    async def test_a_connection_that_ends(self, protoset: str) -> None:
        async def answer(exchange: Any) -> None:
            exchange._stream.connection.stream.abort()

        with pytest.raises(ConnectionLost) as lost:
            await self.ask(answer, protoset=protoset)
        assert "grpcs://" not in lost.value.hint  # it has spoken HTTP/2 in the clear


class TestWhatIsSaid:
    """The fields of a request."""

    async def fields(self, place: str = "", **options: str) -> dict[str, str]:
        heard: dict[str, str] = {}

        async def answer(exchange: Any) -> None:
            heard.update(exchange.request.headers)
            heard[":authority"] = exchange.request.authority
            await status(body=framed(b""))(exchange)

        async with answering(answer) as stage:
            await stage.run(f"{schema.HEALTH}/Check", place, **options)
        return heard

    async def test_usually(self) -> None:
        fields = await self.fields()
        authority = fields.pop(":authority")
        assert authority.startswith("127.0.0.1:")
        assert fields == {
            "te": "trailers", "content-type": "application/grpc", "grpc-accept-encoding": "identity,gzip,deflate",
            "user-agent": "netloom",
        }  # fmt: skip

    async def test_by_options(self) -> None:
        fields = await self.fields(timeout="2.5", compress="gzip", authority="loom.test", metadata="x: y", token="t")
        assert fields[":authority"] == "loom.test"
        assert (fields["grpc-timeout"], fields["grpc-encoding"]) == ("2500000u", "gzip")
        assert (fields["x"], fields["authorization"]) == ("y", "Bearer t")

    async def test_one_authorization(self) -> None:
        assert (await self.fields(token="t", metadata="authorization: Own x"))["authorization"] == "Own x"

    @pytest.mark.parametrize(
        ("url", "authority"),
        [
            ("grpc://h:50051", "h:50051"),
            ("grpc://h:80", "h"),
            ("grpcs://h:443", "h"),
            ("grpc://[::1%25lo]:1", "[::1]:1"),
            ("grpc://bücher.example:1", "xn--bcher-kva.example:1"),
            ("grpc+unix://%2Ftmp%2Fs", "localhost"),
        ],
    )
    def test_the_authority(self, url: str, authority: str) -> None:
        assert _authority(Endpoint.parse(url)) == authority


class TestCompression:
    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    async def test_both_ways(self, encoding: str) -> None:
        async with serving(compress=encoding) as stage:
            text = "a" * 1000
            reply = await stage.run(f'Echo {{"text": "{text}"}}', compress=encoding)
            assert reply.value == {"text": text}

    async def test_a_bomb(self, protoset: str) -> None:
        body = framing.emit(coding.pack(bytes(1 << 20), "gzip"))
        answer = status(body=body, first=(*GRPC[:1], ("grpc-encoding", "gzip")))
        async with answering(answer) as stage:
            with pytest.raises(RemoteProtocolError, match="100000") as refused:
                await stage.run(ECHO, descriptors=protoset, max_size="100000")
            assert refused.value.hint == "-O max_size=BYTES"


class TestPings:
    """While a call waits, by option."""

    @staticmethod
    def slowly(seconds: float) -> Any:
        async def echo(request: Any) -> Any:
            await asyncio.sleep(seconds)
            return request

        return {"Echo": echo}

    @pytest.mark.parametrize("options", [{"idle": "30", "keep_alive": "10"}, {"keep_alive": "10"}, {}])
    def test_who_answers_them_may_be_slow(self, options: dict[str, str]) -> None:
        async def main() -> None:
            async with serving(self.slowly(500)) as stage:
                assert (await stage.run("Echo", **options)).value == {}

        run(main())

    def test_without_them_silence_is_bounded_where_asked_for(self) -> None:
        async def main() -> None:
            async with serving(self.slowly(500)) as stage:
                with pytest.raises(DeadlineExceeded, match="silence for 30 s"):
                    await stage.run("Echo", idle="30")

        run(main())
