"""Relays with others around them: HAProxy and nginx as neighbours, curl, openssl, dig and socat through ours."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.faults.plan import Faults
from netloom.serving import Serving
from tests.interop.peers import free_port, need, running, wait_for_port
from tests.interop.relay_peers import haproxy, nginx, socat
from tests.relaying.worlds import relay, until
from tests.worlds import Certificates, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from netloom.links.stream import Stream

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@contextlib.asynccontextmanager
async def teller(options: str = "") -> AsyncIterator[Endpoint]:
    """A server that says for whom it takes its peer."""

    async def tell(link: Stream) -> None:
        await link.write(link.peer.encode())

    async with Serving([Endpoint.parse(f"tcp://127.0.0.1:0{options}")], [Handler(tell)]) as serving:
        yield serving.endpoint


async def told(place: Any) -> tuple[str, str]:
    """What a server says of whom it hears, and who we are."""
    async with netloom.connect(str(place)) as link:
        own = "{}:{}".format(*link.info("sockname"))
        heard = b"".join([chunk async for chunk in link])
    return heard.decode(), own


async def run(*command: str | Path, given: bytes = b"") -> bytes:
    """What a program says; it must succeed."""
    done = await asyncio.to_thread(
        subprocess.run, [str(part) for part in command], input=given, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return bytes(done.stdout)


class TestIntroductions:
    @pytest.mark.parametrize("server", ["send-proxy", "send-proxy-v2"])
    async def test_haproxy_tells_us(self, server: str, tmp_path: Path) -> None:
        async with teller() as target, relay("tcp://127.0.0.1:0#accept_proxy", target) as (place, seen):
            with haproxy(tmp_path, place.port or 0, server=server) as port:
                _, own = await told(f"tcp://127.0.0.1:{port}")
                await until(seen)
        assert seen[0].peer == own

    @pytest.mark.parametrize("version", ["v1", "v2"])
    async def test_we_tell_haproxy_who_tells_us(self, version: str, tmp_path: Path) -> None:
        async with teller("#accept_proxy") as target:
            with haproxy(tmp_path, target.port or 0, bind="accept-proxy", server="send-proxy-v2") as port:
                async with relay("tcp://127.0.0.1:0", f"tcp://127.0.0.1:{port}#send_proxy={version}") as (place, _):
                    heard, own = await told(place)
        assert heard == own

    async def test_nginx_tells_us(self, tmp_path: Path) -> None:
        async with teller() as target, relay("tcp://127.0.0.1:0#accept_proxy", target) as (place, seen):
            with nginx(tmp_path, place.port or 0, send=True) as port:
                _, own = await told(f"tcp://127.0.0.1:{port}")
                await until(seen)
        assert seen[0].peer == own

    @pytest.mark.parametrize("version", ["v1", "v2"])
    async def test_we_tell_nginx(self, version: str, tmp_path: Path) -> None:
        async with teller() as target:
            with nginx(tmp_path, target.port or 0, listen="proxy_protocol") as port:
                aim = f"tcp://127.0.0.1:{port}#send_proxy={version}"
                listen = "tcp://127.0.0.1:0#accept_proxy"
                async with relay(listen, aim) as (place, _), netloom.connect(place) as link:
                    await link.write(b"PROXY TCP4 192.0.2.77 192.0.2.1 5 6\r\n")
                    assert (await link.read()).startswith(b"127.0.0.1:")
        assert "192.0.2.77" in (tmp_path / "heard").read_text()

    async def test_curl_tells_us(self) -> None:
        curl = need("curl", "curl")
        async with Serving([Endpoint.parse("http://127.0.0.1:0")]) as serving:
            aim = f"tcp://127.0.0.1:{serving.endpoint.port}"
            async with relay("tcp://127.0.0.1:0#accept_proxy", aim) as (place, seen):
                local = await run(
                    curl, "-s", "--haproxy-protocol", "-o", os.devnull, "-w", "%{local_ip}:%{local_port} %{http_code}",
                    f"http://127.0.0.1:{place.port}/",
                )  # fmt: skip
                await until(seen)
        own, code = local.decode().split()
        assert (seen[0].peer, code) == (own, "200")


class TestTLS:
    async def test_openssl_passes_through_by_name(self, certificates: Certificates) -> None:
        openssl = need("openssl", "openssl")
        good = Endpoint.parse(f"tls://127.0.0.1:0#cert={certificates.good}")
        other = Endpoint.parse(f"tls://127.0.0.1:0#cert={certificates.wrong_name}")
        async with Serving([good]) as one, Serving([other]) as two:
            plain = [Endpoint.parse(f"tcp://127.0.0.1:{serving.endpoint.port}") for serving in (one, two)]
            names = {"*.example": plain[1]}
            async with relay("tcp://127.0.0.1:0", plain[0], names=names) as (place, seen):
                for name in ("localhost", "elsewhere.example"):
                    said = await run(
                        openssl, "s_client", "-connect", f"127.0.0.1:{place.port}", "-servername", name,
                        "-CAfile", certificates.ca, "-verify_hostname", name, "-verify_return_error",
                        given=b"",
                    )  # fmt: skip
                    assert b"Verify return code: 0 (ok)" in said
                await until(seen, 2)
        assert [each.target for each in seen] == [str(place) for place in plain]

    async def test_curl_where_tls_ends_and_begins_again(self, certificates: Certificates) -> None:
        curl, good = need("curl", "curl"), f"#cert={certificates.good}"
        async with Serving([Endpoint.parse(f"https://127.0.0.1:0{good}")]) as serving:
            aim = serving.endpoint.with_options([("ca", certificates.ca)])
            async with relay(f"https://127.0.0.1:0{good}", aim) as (place, seen):
                code = await run(
                    curl, "-s", "--cacert", certificates.ca, "-o", os.devnull,
                    "-w", "%{http_code} %{ssl_verify_result}", f"https://localhost:{place.port}/",
                )  # fmt: skip
                await until(seen)
        assert code == b"200 0"
        assert seen[0].status is Status.SUCCESS

    async def test_openssl_speaks_alpn_through_both(self, certificates: Certificates) -> None:
        openssl = need("openssl", "openssl")
        good = f"#cert={certificates.good},alpn=h2;http/1.1"
        async with Serving([Endpoint.parse(f"tls://127.0.0.1:0{good}")]) as serving:
            aim = serving.endpoint.with_options([("ca", certificates.ca)])
            async with relay(f"tls://127.0.0.1:0{good}", aim) as (place, _):
                said = await run(
                    openssl, "s_client", "-connect", f"127.0.0.1:{place.port}", "-alpn", "http/1.1",
                    "-CAfile", certificates.ca, given=b"",
                )  # fmt: skip
        assert b"ALPN protocol: http/1.1" in said


class TestDatagrams:
    async def test_dig(self) -> None:
        dig = need("dig", "bind9-dnsutils")
        async with Serving([Endpoint.parse("dns://127.0.0.1:0")]) as serving:
            faults = Faults(changes=True)
            async with relay("dns://127.0.0.1:0", serving.endpoint, faults=faults) as (place, _):
                asked = (dig, "@127.0.0.1", "-p", str(place.port), "www.example.test", "+tries=2", "+timeout=1")
                for transport in ("+notcp", "+tcp"):
                    assert b"status: NOERROR" in await run(*asked, transport)
                faults.add("loss:1:on=1-2:to=server")
                assert b"status: NOERROR" in await run(*asked, "+tries=4")


class TestStreams:
    async def test_bulk_through_socat_and_unix_sockets(self, tmp_path: Path) -> None:
        sent = os.urandom(64 * 1024 * 1024)

        async def sink(link: Stream) -> None:
            digest = hashlib.sha256()
            async for chunk in link:
                digest.update(chunk)
            await link.write(digest.hexdigest().encode())

        async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(sink)]) as serving:
            inner = f"unix://{tmp_path}/inner"
            async with relay(inner, serving.endpoint):
                with socat(tmp_path, "TCP-LISTEN:{port},bind=127.0.0.1,fork", f"UNIX-CONNECT:{tmp_path}/inner") as port:
                    async with relay("tcp://127.0.0.1:0", f"tcp://127.0.0.1:{port}") as (place, seen):
                        program = need("socat", "socat")
                        said = await run(program, "-t", "60", f"TCP:127.0.0.1:{place.port}", "STDIO", given=sent)
                        await until(seen)
        assert said.decode() == hashlib.sha256(sent).hexdigest()
        assert (seen[0].sent, seen[0].received) == (len(sent), 64)

    async def test_faults_on_a_server_that_isnt_ours(self, tmp_path: Path) -> None:
        curl = need("curl", "curl")
        www = tmp_path / "www"
        www.mkdir()
        (www / "a").write_bytes(bytes(100_000))
        port, log = free_port(), tmp_path / "log"
        command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(www)]
        with running(command, log) as process:
            wait_for_port(process, log, port)
            async with relay("tcp://127.0.0.1:0#fault=limit:5000", f"tcp://127.0.0.1:{port}") as (place, _):
                done = await asyncio.to_thread(
                    subprocess.run,
                    [curl, "-s", "-o", os.devnull, f"http://127.0.0.1:{place.port}/a"],
                    timeout=60,
                    check=False,
                )
                assert done.returncode == 18, "a part of the whole"
            async with relay("tcp://127.0.0.1:0#fault=reset:5000", f"tcp://127.0.0.1:{port}") as (place, _):
                done = await asyncio.to_thread(
                    subprocess.run,
                    [curl, "-s", "-o", os.devnull, f"http://127.0.0.1:{place.port}/a"],
                    timeout=60,
                    check=False,
                )
                assert done.returncode == 56, "broken off"

    async def test_a_target_that_is_reset_is_no_end(self, tmp_path: Path) -> None:
        """What has no length of its own would be taken for whole."""
        curl = need("curl", "curl")

        async def cut(link: Stream) -> None:
            await link.read()
            await link.write(b"HTTP/1.0 200 OK\r\n\r\npart of it")
            await asyncio.sleep(0.1)
            link.reset()

        async with (
            Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(cut)]) as serving,
            relay("tcp://127.0.0.1:0", serving.endpoint) as (place, seen),
        ):
            asked = [curl, "-s", f"http://127.0.0.1:{place.port}/"]
            done = await asyncio.to_thread(subprocess.run, asked, capture_output=True, timeout=60, check=False)
            await until(seen)
        assert done.returncode == 56
        assert seen[0].status is Status.CLOSED
        assert (await record(None, "probe", place)).status is Status.REFUSED
