"""Serving: endpoints, contents and accounts brought together, started and stopped as one."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.accounts import Accounts
from netloom.contents.clock import Clock
from netloom.contents.echo import Echo
from netloom.endpoint import Endpoint
from netloom.errors import Status, Unsupported, UsageError
from netloom.links.authority import Authority
from netloom.runs import Run
from netloom.serving import Serving, authority_folder
from tests.worlds import Certificates, records

if TYPE_CHECKING:
    from netloom.records import AccessRecord

pytestmark = pytest.mark.usefixtures("leaves_nothing")


def parsed(*texts: str) -> list[Endpoint]:
    return [Endpoint.parse(text) for text in texts]


async def test_several_protocols_at_once() -> None:
    async with Serving(parsed("tcp://127.0.0.1:0", "udp://127.0.0.1:0", "ntp://127.0.0.1:0")) as serving:
        assert [one.protocol for one in serving.records] == ["tcp", "udp", "ntp"]
        assert [one.content for one in serving.records] == ["echo", "echo", "clock stratum 10"]
        assert len({endpoint.port for endpoint in serving.endpoints}) == 3
        for endpoint in serving.endpoints:
            assert (await netloom.probe(endpoint)).status is Status.SUCCESS


async def test_each_takes_the_first_content_that_it_can_serve() -> None:
    async with Serving(parsed("ntp://127.0.0.1:0", "tcp://127.0.0.1:0"), [Echo(), Clock(stratum=3)]) as serving:
        assert [one.content for one in serving.records] == ["clock stratum 3", "echo"]
        assert (await netloom.probe(serving.endpoint)).facts["stratum"] == 3


async def test_a_content_that_it_cannot_serve() -> None:
    with pytest.raises(Unsupported, match="ntp can't serve echo") as caught:
        await Serving(parsed("ntp://127.0.0.1:0"), [Echo()]).start()
    assert "ntp serves clock" in caught.value.hint


async def test_where_one_cannot_start_none_stays() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        started: list[Any] = []
        serving = Serving(parsed("tcp://127.0.0.1:0", f"tcp://127.0.0.1:{port}"))
        with pytest.raises(UsageError, match="in use"):
            await serving.start(started.append)
        assert len(started) == 1
        assert (await netloom.probe(started[0].endpoint)).status is Status.REFUSED


class TestTLS:
    async def test_the_local_authority_vouches_for_it(self) -> None:
        async with Serving(parsed("tls://127.0.0.1:0")) as serving:
            trusted = serving.records[0].trust["ca"]
            assert Path(trusted) == authority_folder() / "authority.pem"
            assert trusted in serving.records[0].note
            found = await netloom.probe(serving.endpoint, options=[f"ca={trusted}"])
            assert found.status is Status.SUCCESS
            assert found.facts["verified"] is True
            stranger = await netloom.probe(serving.endpoint)
            assert stranger.status is Status.TLS_ERROR

    async def test_an_authority_that_is_given(self, tmp_path: Path) -> None:
        authority = Authority.create("mine")
        (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)
        async with Serving(parsed("tls://localhost:0"), authority=authority) as serving:
            found = await netloom.probe(serving.endpoint, options=[f"ca={tmp_path / 'ca.pem'}"])
            assert found.tls is not None
            assert found.tls.chain[0].issuer == "CN=mine"

    async def test_ones_own_certificate_and_its_reload(self, tmp_path: Path) -> None:
        certificates = Certificates(tmp_path)
        place = tmp_path / "cert.pem"
        place.write_bytes(Path(certificates.good).read_bytes())
        async with Serving(parsed(f"tls://127.0.0.1:0#cert={place}")) as serving:
            assert serving.records[0].note == ""
            first = await netloom.probe(serving.endpoint, options=[f"ca={certificates.ca}"])
            place.write_bytes(Path(certificates.expired).read_bytes())
            serving.reload()
            second = await netloom.probe(serving.endpoint, options=[f"ca={certificates.ca}"])
        assert (first.status, second.status) == (Status.SUCCESS, Status.TLS_ERROR)
        assert "expired" in second.message

    async def test_client_certificates(self, tmp_path: Path) -> None:
        certificates = Certificates(tmp_path)
        where = f"tls://127.0.0.1:0#cert={certificates.good},client_ca={certificates.ca}"
        async with Serving(parsed(where)) as serving:
            target = f"{serving.endpoint}#reply=some,ca={certificates.ca}"
            let_in = await netloom.send(target, "hi", options=[f"cert={certificates.client}"])
            refused = await netloom.send(target, "hi")
        assert let_in.body == b"hi"
        assert refused.status is Status.TLS_ERROR
        assert "certificate" in refused.message

    async def test_a_certificate_that_cannot_be_read(self) -> None:
        with pytest.raises(UsageError, match="can't be read"):
            await Serving(parsed("tls://127.0.0.1:0#cert=/nowhere")).start()


async def test_accounts_are_named_and_their_passwords_are_not() -> None:
    accounts = Accounts.from_texts(["ann:canary-7351", "bob:canary-7351:read"])
    async with Serving(parsed("tcp://127.0.0.1:0"), accounts=accounts) as serving:
        assert serving.records[0].accounts == ["ann", "bob"]
        assert "canary" not in repr(serving.records)


async def test_access_is_reported() -> None:
    seen: list[AccessRecord] = []
    async with Serving(parsed("tcp://127.0.0.1:0"), report=seen.append) as serving:
        await netloom.send(f"{serving.endpoint}#reply=some", "x")
    assert [(one.verb, one.endpoint) for one in seen] == [("CONNECT", str(serving.endpoint))]


class TestOperations:
    async def test_serve(self) -> None:
        serving: Run[Any] = Run.prepare("serve", ("tcp://127.0.0.1:0",), {"content": ["echo"], "account": ["ann:x"]})
        found = []
        async for one in serving:
            found.append(one)
            if type(one).__name__ == "AccessRecord":
                break
            assert (await netloom.send(f"{one.endpoint}#reply=some", "x")).body == b"x"
        assert [type(one).__name__ for one in found] == ["ServingRecord", "AccessRecord"]

    async def test_listen(self) -> None:
        heard: list[Any] = []
        async for one in netloom.listen("udp://127.0.0.1:0", count=2):
            if type(one).__name__ == "ServingRecord":
                for word in ("one", "two"):
                    await netloom.send(one.endpoint, word)
            else:
                heard.append(one)
        assert [one.heard.payload for one in heard] == [b"one", b"two"]
        assert all(0 <= one.duration < 60 for one in heard)

    async def test_listen_to_lines(self) -> None:
        heard: list[Any] = []
        async for one in netloom.listen("tcp://127.0.0.1:0", count=2):
            if type(one).__name__ == "ServingRecord":
                await netloom.send(one.endpoint, "one\ntwo\nthree")
            else:
                heard.append(one)
        assert [one.heard.payload for one in heard] == [b"one", b"two"]

    async def test_connect_joins_two(self, tmp_path: Path) -> None:
        async with Serving(parsed("tcp://127.0.0.1:0")) as serving:
            path = tmp_path / "s"
            joined = []
            run: Run[Any] = Run.prepare("connect", (f"unix://{path}#listen", str(serving.endpoint)), {})
            asking = asyncio.ensure_future(_nothing())
            async for one in run:
                if type(one).__name__ == "ServingRecord":
                    asking = asyncio.ensure_future(_ask(path))
                else:
                    joined.append(one)
            assert await asking == b"through both"
        assert [one.status for one in joined] == [Status.SUCCESS]
        assert joined[0].meta == {"to_the_right": 12, "to_the_left": 12}

    @pytest.mark.parametrize(("operation", "scheme"), [("get", "tcp"), ("put", "tcp"), ("list", "tcp"), ("run", "udp")])
    async def test_what_a_protocol_lacks_is_told(self, operation: str, scheme: str) -> None:
        more = {"put": {"source": __file__}, "run": {"command": "x"}}.get(operation, {})
        with pytest.raises(Unsupported, match=f"{scheme} has no {operation}"):
            await records(None, operation, f"{scheme}://127.0.0.1:9", **more)


async def _nothing() -> bytes:
    return b""


async def _ask(path: Path) -> bytes:
    found = await netloom.send(f"unix://{path}#reply=all", "through both")
    assert found.body is not None
    return bytes(found.body)
