"""TLS: 1.2 or newer on both sides, verified, for the right host; nothing is said to anybody else."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from OpenSSL import SSL

from netloom.endpoint import Endpoint
from netloom.errors import Status
from netloom.links.virtual import run as virtual
from netloom.serving import Serving
from tests.security.house import HANG, House, elapsed, everything, peer, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from netloom.links.stream import Stream
    from tests.worlds import Certificates

FLAWS = ("expired", "early", "wrong_name", "self_signed", "unknown_issuer")
ASKED = {
    "tls": ("send", "", ("a word",)),
    "https": ("get", "/", ()),
    "wss": ("send", "/", ("a word",)),
    "smtps": ("send", "/ann@example.org", ("a word",)),
    "smtp": ("send", "/ann@example.org", ("a word",)),
    "dot": ("get", "/example.test", ()),
    "doh": ("get", "/example.test", ()),
}
"""Every scheme with TLS in it: an operation, a place and its arguments."""


async def ask(house: House, scheme: str, options: str) -> Any:
    operation, place, arguments = ASKED[scheme]
    mode = ",tls=starttls" if scheme == "smtp" else ""
    target = f"{scheme}://localhost:{house.port}{place}#{options}{mode}"
    return await record(house.network, operation, target, *arguments, deadline=5.0)


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("scheme", ASKED)
def test_a_certificate_with_a_flaw_is_refused(scheme: str, flaw: str, certificates: Certificates) -> None:
    async def main() -> None:
        async with House(f"{scheme}://127.0.0.1:0#cert={getattr(certificates, flaw)}") as house:
            found = await ask(house, scheme, f"ca={certificates.ca}")
            assert found.status is Status.TLS_ERROR
            assert set(house.asked()) <= {"CONNECT"}  # the handshake stood, and then nothing came
            assert not sum(one.size for one in house.access)
            assert found.tls is not None
            assert not found.tls.verified

    virtual(main())


@pytest.mark.parametrize("scheme", ASKED)
def test_one_without_is_not(scheme: str, certificates: Certificates) -> None:
    async def main() -> None:
        async with House(f"{scheme}://127.0.0.1:0#cert={certificates.good}") as house:
            found = await ask(house, scheme, f"ca={certificates.ca}")
            assert found.tls is not None
            assert found.tls.verified
            assert house.asked()

    virtual(main())


@pytest.mark.parametrize("scheme", ASKED)
def test_the_systems_store_is_what_counts_without_ca(scheme: str, certificates: Certificates) -> None:
    async def main() -> None:
        async with House(f"{scheme}://127.0.0.1:0#cert={certificates.good}") as house:
            assert (await ask(house, scheme, "idle=5")).status is Status.TLS_ERROR
            assert not house.asked()

    virtual(main())


@pytest.mark.parametrize("scheme", ASKED)
def test_who_is_not_checked_is_said_not_to_be(scheme: str, certificates: Certificates) -> None:
    async def main() -> None:
        async with House(f"{scheme}://127.0.0.1:0#cert={certificates.wrong_name}") as house:
            found = await ask(house, scheme, "verify=no")
            assert found.tls is not None
            assert not found.tls.verified
            assert found.tls.problem

    virtual(main())


@pytest.mark.parametrize(
    ("names", "asked", "fits"),
    [
        (["a.example"], "a.example", True),
        (["a.example"], "A.EXAMPLE", True),
        (["*.example.org"], "a.example.org", True),
        (["*.example.org"], "a.b.example.org", False),
        (["*.example.org"], "example.org", False),
        (["*.org"], "a.example.org", False),
        (["a.example"], "b.a.example", False),
        (["a.example"], "a.example.evil", False),
        (["a.example"], "xa.example", False),
        (["127.0.0.1"], "127.0.0.1", True),
        (["localhost"], "127.0.0.1", False),
        (["127.0.0.1"], "localhost", False),
        (["127.0.0.2"], "127.0.0.1", False),
    ],
)
def test_the_name_is_checked(
    names: list[str], asked: str, fits: bool, certificates: Certificates, tmp_path: Any
) -> None:
    issued = certificates.authority.issue(names)
    (tmp_path / "named.pem").write_bytes(issued.cert_pem + issued.key_pem)

    async def main() -> None:
        async with House(f"tls://127.0.0.1:0#cert={tmp_path / 'named.pem'}") as house:
            house.network.names[asked.lower()] = ["127.0.0.1"]
            target = f"tls://{asked}:{house.port}#ca={certificates.ca}"
            found = await record(house.network, "probe", target)
            assert (found.status is Status.SUCCESS) is fits, found.message

    virtual(main())


async def _hear(link: Stream) -> None:
    await everything(link)


@pytest.mark.parametrize("flaw", FLAWS)
async def test_what_a_proxy_leads_to_is_checked_as_well(flaw: str, certificates: Certificates) -> None:
    async def proxy(link: Stream) -> None:
        """It says yes, and is the target itself."""
        await link.read_until(b"\r\n\r\n")
        await link.write(b"HTTP/1.1 200 OK\r\n\r\n")
        from netloom.links.tls import ServerTLS, accept

        with contextlib.suppress(Exception):
            await accept(
                link, ServerTLS.from_files(getattr(certificates, flaw), getattr(certificates, flaw)), at_once=True
            )
            heard.append(await everything(link))

    heard: list[bytes] = []
    async with peer(proxy) as house:
        target = f"https://localhost:443/#ca={certificates.ca},proxy=http://127.0.0.1:{house.port}"
        found = await record(house.network, "get", target, deadline=HANG)
        assert found.status is Status.TLS_ERROR
        assert b"GET" not in b"".join(heard)


# Versions and ciphers, with a foreign engine at the other side


@contextlib.asynccontextmanager
async def foreign_server(context: ssl.SSLContext) -> AsyncIterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(Exception):
            heard.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


def old_context(kind: int, version: ssl.TLSVersion) -> ssl.SSLContext:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = ssl.SSLContext(kind)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    return context


OLD = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1]


@pytest.mark.parametrize("version", OLD, ids=["1.0", "1.1"])
@pytest.mark.parametrize(("verify", "status"), [("yes", Status.TLS_ERROR), ("no", Status.TLS_ERROR)])
async def test_our_client_speaks_no_old_tls(
    version: ssl.TLSVersion, verify: str, status: Status, certificates: Certificates
) -> None:
    context = old_context(ssl.PROTOCOL_TLS_SERVER, version)
    context.load_cert_chain(certificates.good)
    async with foreign_server(context) as (port, heard):
        target = f"tls://127.0.0.1:{port}#verify={verify},ca={certificates.ca}"
        found = await record(None, "send", target, "hello", deadline=HANG)
        assert found.status is status
        assert b"hello" not in b"".join(heard)


@contextlib.asynccontextmanager
async def our_server(url: str) -> AsyncIterator[int]:
    async with Serving([Endpoint.parse(url)]) as serving:
        assert serving.endpoint.port
        yield serving.endpoint.port


async def greeted(port: int, context: ssl.SSLContext) -> str:
    """The version that a foreign client and our server agree on; what goes wrong is raised."""
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with asyncio.timeout(HANG):
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        return str(writer.get_extra_info("ssl_object").version())
    finally:
        writer.close()
        with contextlib.suppress(Exception):
            await writer.wait_closed()


@pytest.mark.parametrize("version", OLD, ids=["1.0", "1.1"])
async def test_our_server_speaks_no_old_tls(version: ssl.TLSVersion, certificates: Certificates) -> None:
    async with our_server(f"tls://127.0.0.1:0#cert={certificates.good}") as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await greeted(port, old_context(ssl.PROTOCOL_TLS_CLIENT, version))
        assert await greeted(port, old_context(ssl.PROTOCOL_TLS_CLIENT, ssl.TLSVersion.TLSv1_2)) == "TLSv1.2"


async def test_unless_it_is_told_to(certificates: Certificates) -> None:
    """So that the test above refuses for the version's sake, and for nothing else."""
    async with our_server(f"tls://127.0.0.1:0#cert={certificates.good},tls_minimum=1.0") as port:
        assert await greeted(port, old_context(ssl.PROTOCOL_TLS_CLIENT, ssl.TLSVersion.TLSv1_1)) == "TLSv1.1"


@pytest.mark.parametrize("ciphers", ["aNULL", "eNULL", "RC4", "3DES", "EXPORT", "MD5", "PSK", "SRP"])
async def test_our_server_agrees_on_no_weak_cipher(ciphers: str, certificates: Certificates) -> None:
    context = old_context(ssl.PROTOCOL_TLS_CLIENT, ssl.TLSVersion.TLSv1_2)
    try:
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    except ssl.SSLError:
        return  # this engine has none of them, and so has ours, which is the same
    async with our_server(f"tls://127.0.0.1:0#cert={certificates.good}") as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await greeted(port, context)


# The handshake and what follows, by hand


async def by_hand(link: Stream, context: SSL.Context) -> SSL.Connection:
    """A client's handshake over a bare stream."""
    engine = SSL.Connection(context, None)
    engine.set_connect_state()
    while True:
        try:
            engine.do_handshake()
        except SSL.WantReadError:
            await flushed(link, engine)
            engine.bio_write(await link.read())
        else:
            await flushed(link, engine)
            return engine


async def flushed(link: Stream, engine: SSL.Connection) -> None:
    with contextlib.suppress(SSL.WantReadError):
        while True:
            await link.write(engine.bio_read(65536))


def test_nobody_renegotiates(certificates: Certificates) -> None:
    """CVE-2009-3555, CVE-2011-1473."""

    async def main() -> None:
        async with House(f"tls://127.0.0.1:0#cert={certificates.good}") as house:
            link = await house.raw()
            context = SSL.Context(SSL.TLS_CLIENT_METHOD)
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
            engine = await by_hand(link, context)
            assert engine.renegotiate()
            assert engine.total_renegotiations() == 0

            async def renegotiate() -> None:
                for _ in range(10):
                    with contextlib.suppress(SSL.WantReadError):
                        engine.do_handshake()
                    await flushed(link, engine)
                    data = await link.read()
                    if not data:
                        raise SSL.Error
                    engine.bio_write(data)
                    if not engine.renegotiate_pending():
                        break

            with pytest.raises(SSL.Error):  # it may be refused, or the connection ended
                await renegotiate()

    virtual(main())


def test_a_handshake_has_an_end(certificates: Certificates) -> None:
    """A byte a second is never silent, and is ended all the same."""

    async def main() -> None:
        async with House(f"tls://127.0.0.1:0#cert={certificates.good}") as house:
            link = await house.raw()

            async def drip() -> None:
                for byte in b"\x16\x03\x01\x02\x00" + b"\x01" * 100:
                    await link.write(bytes([byte]))
                    await asyncio.sleep(1)

            dripping = asyncio.ensure_future(drip())
            await everything(link)
            assert elapsed() < 15
            dripping.cancel()
            await asyncio.wait({dripping})

    virtual(main())


@pytest.mark.parametrize("shown", ["", "stray_client", "self_signed", "client"])
def test_a_server_that_wants_certificates_lets_nobody_else_in(shown: str, certificates: Certificates) -> None:
    async def main() -> None:
        async with House(f"tls://127.0.0.1:0#cert={certificates.good},client_ca={certificates.ca}") as house:
            extra = f",cert={getattr(certificates, shown)}" if shown else ""
            target = f"tls://localhost:{house.port}#ca={certificates.ca},reply=line{extra}"
            found = await record(house.network, "send", target, "hello\n", deadline=5.0)
            assert (found.status is Status.SUCCESS) is (shown == "client"), found.message

    virtual(main())


def test_a_cut_is_no_end(certificates: Certificates) -> None:
    """RFC 8446 §6.1: an answer that ends with the connection, without close_notify, may lack its rest."""

    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf an ans")
        link.info("tls").lower.close()  # as somebody in between would: TLS says nothing
        await asyncio.sleep(1)

    async def main() -> None:
        async with peer(handle, "tls", certificates.good) as house:
            found = await record(
                house.network, "get", f"https://localhost:{house.port}/#ca={certificates.ca}", deadline=5.0
            )
            assert found.status is not Status.SUCCESS
            assert found.body is None

    virtual(main())


def test_a_redirect_does_not_lead_out_of_tls(certificates: Certificates) -> None:
    async def handle(link: Stream) -> None:
        await link.read_until(b"\r\n\r\n")
        await link.write(b"HTTP/1.1 302 Found\r\nLocation: http://localhost:9/\r\nContent-Length: 0\r\n\r\n")
        await everything(link)

    async def main() -> None:
        async with peer(handle, "tls", certificates.good) as house:
            found = await record(house.network, "get", f"https://localhost:{house.port}/#ca={certificates.ca}")
            assert found.status is Status.REFUSED_BY_PEER
            assert "leaves TLS" in found.message

    virtual(main())
