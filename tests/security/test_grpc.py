"""gRPC: what a message may become is bounded on both sides, hostile bytes at any stage, secrets stay where they are."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from netloom.accounts import Account, Accounts
from netloom.contents.service import Service, loom
from netloom.endpoint import Endpoint, Secret
from netloom.errors import LocalProtocolError, NetloomError, PeerRefused, RemoteProtocolError, UsageError
from netloom.links.http.messages import Request
from netloom.links.virtual import run as virtual
from netloom.wire.grpc import coding, framing, schema, values
from tests.fuzzing import mutate
from tests.protocols.grpc.stage import CHAT, ECHO, GRPC, Stage, answering, framed, serving, status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MIB = 1 << 20
CANARY = "c4n4ry-5a1d"
A = framed(b"\x0a\x01a")
ROUNDS = 400


async def still_serves(stage: Stage) -> None:
    assert (await stage.ask(ECHO, A)).status == "0"


async def ended(stage: Stage, path: str, body: bytes, *more: tuple[str, str]) -> str | None:
    """The status that a call gets; None for one of HTTP's own or a connection that was ended."""
    try:
        return (await stage.ask(path, body, (*GRPC, *more))).status
    except NetloomError:
        return None


class TestServer:
    async def test_a_bomb(self) -> None:
        """200 MiB in 200 KiB, in one message and in many."""
        bomb = framing.emit(coding.pack(bytes(200 * MIB), "gzip"))
        many = framing.emit(coding.pack(bytes(4 * MIB - 100), "gzip")) * 100
        async with serving() as stage:
            await still_serves(stage)
            tracemalloc.start()
            try:
                assert await ended(stage, ECHO, bomb, ("grpc-encoding", "gzip")) == "8"
                assert await ended(stage, ECHO, many, ("grpc-encoding", "gzip")) == "13"
                assert tracemalloc.get_traced_memory()[1] < 64 * MIB
            finally:
                tracemalloc.stop()
            await still_serves(stage)

    async def test_a_length_that_never_comes(self) -> None:
        async with serving() as stage:
            for length in (b"\xff\xff\xff\xff", (4 * MIB + 1).to_bytes(4, "big")):
                assert await ended(stage, ECHO, b"\0" + length + bytes(1000)) == "8"
            assert await ended(stage, ECHO, b"\0" + (4 * MIB).to_bytes(4, "big") + bytes(1000)) == "13"
            await still_serves(stage)

    async def test_hostile_bytes(self) -> None:
        """Whatever comes as messages of every kind of method: a status, and the others are served."""
        known: Any = schema.known().method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        asked = framed(values.emit(known.request(file_containing_symbol="netloom.Loom", host="h")))
        samples = [A, framed(b"\x08\x01\x10\x05"), asked, framing.emit(coding.pack(b"loom " * 50, "gzip"))]
        generator = random.Random(7)
        async with serving() as stage:
            paths = [method.path for method in stage.service.catalogue.methods() if method.name != "Watch"]
            said = set()
            for number in range(ROUNDS):
                body = generator.randbytes(50) if number % 8 == 0 else mutate(generator, samples)
                encoding = generator.choice(["identity", "gzip", "deflate"])
                path = paths[number % len(paths)]
                body = body if path != "/netloom.Loom/Count" else body[:20]
                said.add(await ended(stage, path, body, ("grpc-encoding", encoding), ("grpc-timeout", "1S")))
            assert said <= {"0", "3", "4", "5", "8", "11", "12", "13"}
            assert {"0", "13"} <= said
            await still_serves(stage)

    def test_hostile_fields(self) -> None:
        names = [
            "grpc-timeout",
            "grpc-encoding",
            "grpc-accept-encoding",
            "x-bin",
            "content-type",
            "authorization",
            "te",
        ]
        generator = random.Random(8)

        async def main() -> None:
            accounts = Accounts([Account(name="ann", password=Secret("weft"))])
            async with serving(accounts=accounts) as stage:
                for _ in range(ROUNDS):
                    value = "".join(chr(generator.randrange(0x20, 0x7F)) for _ in range(generator.randrange(20)))
                    name = generator.choice(names)
                    await ended(stage, ECHO, A, (name, value.strip()), (generator.choice(names), value.strip()))
                await still_serves(stage)

        virtual(main())

    async def test_a_path_of_any_kind(self) -> None:
        async with serving() as stage:
            for path in ("/%00", "/../../etc/passwd", "/a" * 3000, "/netloom.Loom/Echo%20", "/netloom.Loom//Echo"):
                assert await ended(stage, path, A) == "12"
            assert all(len(record.target) <= 10_000 for record in stage.records)
            await still_serves(stage)

    def test_guesses_wait(self) -> None:
        """As at every other server: the throttle counts them by peer."""

        async def main() -> None:
            accounts = Accounts([Account(name="ann", tokens=(Secret("t0k3n"),))])
            async with serving(accounts=accounts) as stage:
                began = asyncio.get_running_loop().time()
                for _ in range(10):
                    assert await ended(stage, ECHO, A, ("authorization", "Bearer wrong")) == "16"
                assert asyncio.get_running_loop().time() - began > 5

        virtual(main())

    async def test_replies_that_nobody_takes(self) -> None:
        """A peer whose window is used up holds up its own call alone."""
        async with serving() as stage:
            connection = await stage.connection()
            wire: Any = connection._wire
            wire.take_back = lambda stream, size: None
            request = Request(method="POST", target=CHAT, headers=GRPC, authority="a")

            async def endless() -> AsyncIterator[bytes]:
                for _ in range(100):
                    yield framed(b"\x0a\x80\x80\x04" + b"a" * 65536)

            answer = await connection.request(request, endless())
            tracemalloc.start()
            try:
                for _ in range(500):
                    await asyncio.sleep(0)
                assert tracemalloc.get_traced_memory()[1] < 16 * MIB
            finally:
                tracemalloc.stop()
            await still_serves(stage)
            await answer.close()
            await connection.close()


class TestClient:
    @pytest.fixture
    def protoset(self, tmp_path: Any) -> str:
        file = tmp_path / "loom.protoset"
        octets = loom.catalogue().files["netloom/loom.proto"].serialized_pb
        made = FileDescriptorSet()
        made.file.add().ParseFromString(octets)
        file.write_bytes(made.SerializeToString())
        return str(file)

    async def test_hostile_answers(self, protoset: str) -> None:
        """Whatever comes as replies and statuses: an error of ours, or a reply."""
        generator = random.Random(9)
        samples = [A, A + A, framing.emit(coding.pack(b"loom " * 50, "gzip"))]
        kinds = set()

        def answer() -> Any:
            body = generator.randbytes(40) if generator.random() < 0.1 else mutate(generator, samples)
            words = "".join(chr(generator.randrange(0x20, 0x7F)) for _ in range(generator.randrange(12))).strip()
            name = generator.choice(["grpc-message", "grpc-status-details-bin", "x-bin", "x"])
            first = (*GRPC[:1], ("grpc-encoding", generator.choice(["gzip", "identity", "deflate", "x"])))
            code = generator.choice(["0", "0", "0", "5", "99", "", "x"])
            return status((name, words), body=body, code=code, first=first)

        for _ in range(ROUNDS):
            async with answering(answer()) as stage:
                try:
                    await stage.run("netloom.Loom/Echo", descriptors=protoset)
                    kinds.add("reply")
                except (RemoteProtocolError, PeerRefused) as error:
                    kinds.add(type(error).__name__)
        assert {"reply", "PeerRefused", "RemoteProtocolError"} <= kinds

    async def test_hostile_descriptors(self) -> None:
        info: Any = schema.known().method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        octets = [file.serialized_pb for file in (loom.catalogue() | schema.known()).files.values()]
        generator = random.Random(10)
        kinds = set()
        for _ in range(ROUNDS):
            told = {"file_descriptor_proto": [mutate(generator, octets[:1])]}
            body = framed(values.emit(info.response(file_descriptor_response=told)))
            async with answering(status(body=body), status(body=A), status(body=A)) as stage:
                try:
                    await stage.run('netloom.Loom/Echo {"text": "a"}')
                    kinds.add("reply")
                except (NetloomError, UsageError) as error:
                    kinds.add(type(error).__name__)
        assert {"reply", "RemoteProtocolError"} <= kinds

    async def test_a_reply_of_two_million_messages(self) -> None:
        """Four megabytes could be gigabytes of values."""
        file = schema.file("a.proto", "a", [schema.message("M", schema.field("m", 1, ".a.M", repeated=True))])
        file.service.append(schema.service("S", schema.method("Go", ".a.M", ".a.M")))
        info: Any = schema.known().method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        told = {"file_descriptor_proto": [file.SerializeToString()]}
        answers = status(body=framed(values.emit(info.response(file_descriptor_response=told))))
        async with answering(answers, status(body=framed(b"\x0a\x00" * (2 * MIB - 10)))) as stage:
            tracemalloc.start()
            try:
                with pytest.raises(RemoteProtocolError, match="values"):
                    await stage.run("a.S/Go")
                assert tracemalloc.get_traced_memory()[1] < 64 * MIB
            finally:
                tracemalloc.stop()

    @pytest.mark.parametrize("bad", ["a\r\nx: y", "a\nb", "a\0b"])
    async def test_what_would_smuggle_a_field(self, bad: str) -> None:
        async with serving() as stage:
            with pytest.raises(LocalProtocolError):
                await stage.run("Echo", metadata=f"x: {bad}")
            with pytest.raises(LocalProtocolError):
                await stage.run("Echo", authority=bad)
            with pytest.raises((LocalProtocolError, UsageError)):
                await stage.run(f"netloom.Loom/Echo{bad}")
            with pytest.raises((LocalProtocolError, UsageError)):
                await stage.run("Echo", token=bad)
        assert not [record for record in stage.records if "Loom" in record.target]


class TestSecrets:
    async def test_nowhere_in_what_is_told(self) -> None:
        async def echo(request: Any) -> Any:
            raise ValueError(CANARY)

        accounts = Accounts([Account(name="ann", password=Secret(CANARY))])
        async with serving({"Echo": echo}, accounts=accounts) as stage:
            heard: list[str] = []
            stage._toolbox.dialogue = lambda endpoint, words: heard.append(words)
            for metadata in ("authorization: Bearer", "authorization: Basic", "x-token:", "cookie: a="):
                talk = stage.attempt(metadata=f"{metadata} {CANARY}")
                async with talk:
                    client: Any = talk.client
                    await client.run("netloom.Loom/Echo")
                assert talk.error is not None
                heard.append(repr(talk.error) + talk.error.message + str(talk.outcome()))
        assert heard
        assert CANARY not in "".join(heard)
        assert CANARY not in str(stage.records)

    def test_an_endpoint(self) -> None:
        shown = str(Endpoint.parse(f"grpc://ann:{CANARY}@h#token={CANARY},metadata=authorization:%20Basic%20{CANARY}"))
        assert CANARY not in shown


async def test_the_default_service_keeps_nothing() -> None:
    service = Service()
    before = dict(vars(service.handlers))
    async with serving(service) as stage:
        await stage.run(f'netloom.Loom/Chat {{"text": "{CANARY}"}}')
    assert vars(service.handlers) == before
