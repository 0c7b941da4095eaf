"""HTTP meets others: our client and nginx, http.server, aiohttp, Tornado, Twisted; our server and curl, requests, …"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import requests
from requests.auth import HTTPDigestAuth
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

import netloom
from netloom.accounts import Account, Accounts
from netloom.contents.files import Files
from netloom.endpoint import Endpoint, Secret
from netloom.errors import Status
from netloom.serving import Serving
from tests.interop.http_peers import (
    AUTHORITY,
    BINARY,
    PASSWORD,
    TEXT,
    USER,
    aiohttp_server,
    http_server,
    nginx,
    tornado_server,
    tree,
    twisted_server,
)
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.interop.http_peers import Nginx

pytestmark = pytest.mark.interop

LOGIN = f"{USER}:{PASSWORD}@"


@pytest.fixture
def ca(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.certificate_pem)
    return str(path)


async def run(name: str, *args: str, **fields: Any) -> Any:
    """The only record of an operation."""
    records = [record async for record in getattr(netloom, name)(*args, **{"deadline": 30, **fields})]
    assert len(records) == 1, records
    return records[0]


async def names(url: str, **fields: Any) -> dict[str, Any]:
    """What an index lists, by name."""
    records: list[Any] = [record async for record in netloom.list(url, **{"deadline": 30, **fields})]
    assert records[-1].status is Status.SUCCESS, records[-1]
    return {record.entry.name: record.entry for record in records[:-1]}


# Our client


@pytest.fixture(scope="module")
def engine_x(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with nginx(tmp_path_factory.mktemp("nginx")) as place:
        yield place


@pytest.mark.meets(server="nginx")
class TestNginx:
    @pytest.mark.parametrize("version", ["", "1.1", "2"])
    async def test_probe_over_tls(self, engine_x: Nginx, ca: str, version: str) -> None:
        record = await run("probe", f"{engine_x.tls_url}/a.txt#ca={ca},version={version}")
        assert record.status is Status.SUCCESS, record.message
        assert record.facts["version"] == (version or "2")
        assert record.facts["server"].startswith("nginx/")
        assert (record.facts["status"], record.facts["body_size"]) == (200, len(TEXT))
        assert record.facts["encoding"] == "gzip"
        assert record.tls.alpn == ("http/1.1" if version == "1.1" else "h2")
        assert {"connect", "tls", "request", "first_byte"} <= record.phases.keys()

    @pytest.mark.parametrize("tls", [False, True])
    async def test_get(self, engine_x: Nginx, ca: str, tls: bool) -> None:
        url = engine_x.tls_url if tls else engine_x.url
        options = f"#ca={ca}" if tls else ""
        assert (await run("get", f"{url}/a.txt{options}")).body == TEXT
        assert (await run("get", f"{url}/b.bin{options}")).body == BINARY
        assert (await run("get", f"{url}/sub%20dir/%C3%A4&b.txt{options}")).body == b"deep"
        assert (await run("get", f"{url}/b.bin#range=100-199{',' + options[1:] if options else ''}")).body == BINARY[
            100:200
        ]

    async def test_list(self, engine_x: Nginx) -> None:
        for path in ("/", "/json/"):
            found = await names(engine_x.url + path)
            assert found.keys() == {"sub dir", "a.txt", "b.bin"}
            assert (found["sub dir"].kind, found["sub dir"].path) == ("directory", f"{path}sub%20dir")
            assert (found["a.txt"].size, found["b.bin"].size) == (len(TEXT), len(BINARY))
            assert found["a.txt"].modified > 1_600_000_000
            deep = await names(engine_x.url + found["sub dir"].path)
            assert (await run("get", engine_x.url + deep["ä&b.txt"].path)).body == b"deep"

    async def test_put_and_delete(self, engine_x: Nginx, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(BINARY * 3)
        record = await run("put", f"{engine_x.url}/dav/new/x.bin", str(tmp_path / "x"))
        assert (record.status, record.meta["status"]) == (Status.SUCCESS, 201)
        assert (engine_x.root / "dav" / "new" / "x.bin").read_bytes() == BINARY * 3
        record = await run("send", f"{engine_x.url}/dav/new/x.bin#method=DELETE", "")
        assert record.meta["status"] == 204

    async def test_a_broken_download_goes_on(self, engine_x: Nginx, tmp_path: Path) -> None:
        place = tmp_path / "b.bin"
        url = f"{engine_x.url}/b.bin"
        broken = await run("get", f"{url}#fault=reset:300000", save=str(place))
        assert broken.status is not Status.SUCCESS
        assert not place.exists()
        (part,) = tmp_path.glob(".*.part")
        had = part.stat().st_size
        assert 0 < had < len(BINARY)
        record = await run("get", url, save=str(place), resume=True)
        assert (record.status, record.meta["start"]) == (Status.SUCCESS, had)
        assert place.read_bytes() == BINARY

    async def test_basic(self, engine_x: Nginx) -> None:
        private = f"{engine_x.url}/private/a.txt"
        assert (await run("get", private.replace("//", f"//{LOGIN}", 1))).body == TEXT
        assert (await run("get", private.replace("//", f"//{LOGIN}", 1) + "#auth=any")).body == TEXT
        for url in (private, private.replace("//", "//ann:wrong@", 1)):
            record = await run("get", url)
            assert record.status is Status.UNAUTHENTICATED
            assert "wrong" not in repr(record).replace("was the password right", "")

    async def test_redirects_and_cookies(self, engine_x: Nginx) -> None:
        record = await run("get", f"{engine_x.url}/found")
        assert (record.body, record.meta["redirects"]) == (TEXT, [f"{engine_x.url}/a.txt"])
        record = await run("probe", f"{engine_x.url}/loop")
        assert record.status is Status.REFUSED_BY_PEER
        assert "more than 10 redirects" in record.message
        assert (await run("get", f"{engine_x.url}/cookie")).body == b"GET||sid=1"
        with_login = engine_x.url.replace("//", f"//{LOGIN}")
        assert (await run("get", f"{with_login}/said")).body.startswith(b"GET|Basic ")
        assert (await run("get", f"{with_login}/elsewhere")).body == b"GET||"

    async def test_no(self, engine_x: Nginx) -> None:
        record = await run("probe", f"{engine_x.url}/teapot")
        assert record.status is Status.REFUSED_BY_PEER
        assert (record.facts["status"], record.facts["body"]) == (418, "short and stout")
        record = await run(
            "probe", f"{engine_x.url}/teapot#fail=no", expect=["facts.status == 418", 'facts.body ~ "stout"']
        )
        assert record.status is Status.SUCCESS
        record = await run("probe", f"http://127.0.0.1:{engine_x.tls_port}/")
        assert record.status is Status.REFUSED_BY_PEER
        assert f"https://127.0.0.1:{engine_x.tls_port}" in record.hint
        record = await run("probe", f"{engine_x.tls_url}/")
        assert record.status is Status.TLS_ERROR


@pytest.mark.meets(server="http.server")
async def test_http_server(tmp_path: Path) -> None:
    with http_server(tmp_path) as url:
        record = await run("probe", f"{url}/")
        assert record.status is Status.SUCCESS, record.message
        assert record.facts["version"] == "1.0"
        assert (await run("get", f"{url}/b.bin")).body == BINARY
        found = await names(f"{url}/")
        assert found.keys() == {"sub dir", "a.txt", "b.bin"}
        assert (await names(url + found["sub dir"].path)).keys() == {"ä&b.txt"}
        assert (await run("get", f"{url}/none")).status is Status.REFUSED_BY_PEER
        head = await run("get", f"{url}/b.bin#method=HEAD")
        assert (head.size, head.meta["headers"]["content-length"]) == (0, str(len(BINARY)))


@pytest.mark.meets(server="Twisted")
async def test_twisted_server(tmp_path: Path) -> None:
    with twisted_server(tmp_path) as url:
        record = await run("probe", f"{url}/a.txt")
        assert (record.status, record.facts["server"].partition("/")[0]) == (Status.SUCCESS, "TwistedWeb")
        assert (await run("get", f"{url}/b.bin")).body == BINARY
        assert (await run("get", f"{url}/b.bin#range=-10")).body == BINARY[-10:]
        assert {"a.txt", "b.bin"} <= (await names(f"{url}/")).keys()


@pytest.mark.meets(server="Tornado")
async def test_tornado_server(tmp_path: Path) -> None:
    async with tornado_server(tmp_path) as url:
        assert (await run("get", f"{url}/files/b.bin")).body == BINARY
        assert (await run("get", f"{url}/files/a.txt#range=0-9")).body == TEXT[:10]
        record = await run("send", f"{url}/echo", '{"a": 1}')
        assert (record.body, record.meta["headers"]["x-type"]) == (b'{"a": 1}', "application/json")
        (tmp_path / "x").write_bytes(BINARY * 2)
        assert (await run("put", f"{url}/echo", str(tmp_path / "x"))).status is Status.SUCCESS


@pytest.mark.meets(server="aiohttp")
async def test_aiohttp_server(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[1]")
    async with aiohttp_server() as url:
        said = json.loads((await run("send", f"{url}/echo#form=a%3D1 2,form=b%3Dä".replace(" ", "%20"), "")).body)
        assert (said["method"], said["fields"]) == ("POST", {"a": "1 2", "b": "ä"})
        parts = f"{url}/echo#multipart=a%3D1,multipart=f%3D@{tmp_path}/x.json;type%3Dtext/x"
        assert json.loads((await run("send", parts, "")).body)["fields"] == {"a": "1", "f": ["x.json", "text/x", "[1]"]}
        said = json.loads((await run("send", f"{url}/echo#json=a%3Dx,method=PATCH,token=t0k", "")).body)
        assert (said["method"], said["body"], said["headers"]["authorization"]) == ("PATCH", '{"a":"x"}', "Bearer t0k")
        assert (await run("get", f"{url}/gzip")).body == TEXT
        jar = f"#cookies={tmp_path}/jar"
        assert [(await run("get", f"{url}/session{jar}")).body for _ in range(2)] == [b"none", b"abc"]


# Our server


@contextlib.asynccontextmanager
async def serving(tmp_path: Path, scheme: str = "http", *, anonymous: bool = True) -> AsyncIterator[str]:
    """Our server with files and one account, and its URL."""
    if not (tmp_path / "www").exists():
        tree(tmp_path / "www")
    accounts = Accounts([Account(name=USER, password=Secret(PASSWORD))])
    if not anonymous:
        accounts.anonymous = frozenset()
    endpoint = Endpoint.parse(f"{scheme}://127.0.0.1:0")
    async with Serving([endpoint], [Files(tmp_path / "www")], accounts, authority=AUTHORITY) as server:
        yield str(server.endpoint)


async def curl(*args: str, exits: int = 0) -> str:
    """What curl prints; it must end as is expected (22: the answer was a no)."""
    command = [need("curl", "curl"), "--silent", "--show-error", "--fail-with-body", "--max-time", "30", *args]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == exits, (process.returncode, err, out[:500])
    return out.decode("latin-1")


@pytest.mark.meets(client="curl")
class TestCurl:
    async def test_get_and_ranges(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as url:
            assert (await curl(f"{url}/a.txt")).encode("latin-1") == TEXT
            assert (await curl("-r", "5-9", f"{url}/b.bin")).encode("latin-1") == BINARY[5:10]
            (tmp_path / "part").write_bytes(BINARY[:1000])
            await curl("-C", "-", "-o", str(tmp_path / "part"), f"{url}/b.bin")
            assert (tmp_path / "part").read_bytes() == BINARY
            etag = str(tmp_path / "etag")
            await curl("--etag-save", etag, "-o", str(tmp_path / "out"), f"{url}/a.txt")
            assert await curl("--etag-compare", etag, "-w", "%{http_code}", f"{url}/a.txt") == "304"
            assert "200 OK" in await curl("-I", f"{url}/b.bin")
            assert await curl("-L", "-w", "%{num_redirects}", "-o", "/dev/null", f"{url}/sub%20dir") == "1"
            assert json.loads(await curl("-H", "Accept: application/json", f"{url}/"))[0]["name"] == "a.txt"

    @pytest.mark.parametrize("how", [("--basic",), ("--digest",), ("--anyauth",)])
    async def test_uploads(self, tmp_path: Path, how: tuple[str, ...]) -> None:
        (tmp_path / "big").write_bytes(BINARY * 5)
        async with serving(tmp_path) as url:
            login = (*how, "-u", f"{USER}:{PASSWORD}")
            await curl(*login, "-T", str(tmp_path / "big"), f"{url}/big.bin")
            assert (tmp_path / "www" / "big.bin").read_bytes() == BINARY * 5
            await curl(*login, "-X", "DELETE", f"{url}/big.bin")
            assert not (tmp_path / "www" / "big.bin").exists()
            code = await curl(
                "-o", "/dev/null", "-w", "%{http_code}", "-u", "ann:wrong", "-X", "DELETE", f"{url}/a.txt", exits=22
            )
            assert code == "401"

    async def test_a_chunked_upload_from_a_pipe(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as url:
            (tmp_path / "x").write_bytes(b"from a pipe")
            await curl(
                "-u", f"{USER}:{PASSWORD}", "-H", "Transfer-Encoding: chunked", "-T", str(tmp_path / "x"), f"{url}/x"
            )
            assert (tmp_path / "www" / "x").read_bytes() == b"from a pipe"

    @pytest.mark.parametrize(("flag", "version"), [("--http1.0", "1.0"), ("--http1.1", "1.1"), ("--http2", "2")])
    async def test_versions_over_tls(self, tmp_path: Path, ca: str, flag: str, version: str) -> None:
        async with serving(tmp_path, "https") as url:
            out = tmp_path / "out"
            said = await curl(flag, "--cacert", ca, "-w", "%{http_version}", "-o", str(out), f"{url}/b.bin")
            assert said == version if version != "1.0" else said in ("1", "1.0", "1.1")
            assert out.read_bytes() == BINARY
            login = ("-u", f"{USER}:{PASSWORD}", "--digest")
            await curl(flag, "--cacert", ca, *login, "-T", str(out), f"{url}/up.bin")
            assert (tmp_path / "www" / "up.bin").read_bytes() == BINARY

    async def test_http_2_without_tls(self, tmp_path: Path) -> None:
        async with serving(tmp_path) as url:
            said = await curl("--http2-prior-knowledge", "-w", "%{http_version}", "-o", "/dev/null", f"{url}/a.txt")
            assert said == "2"


@pytest.mark.meets(client="requests")
async def test_requests(tmp_path: Path) -> None:
    def talk(url: str) -> None:
        with requests.Session() as session:
            assert session.get(f"{url}/a.txt", timeout=30).content == TEXT
            session.auth = HTTPDigestAuth(USER, PASSWORD)
            assert session.put(f"{url}/new", data=b"new", timeout=30).status_code == 201
            assert session.put(f"{url}/new", data=iter([b"a", b"b"]), timeout=30).status_code in (204, 401)
            assert session.delete(f"{url}/new", timeout=30).status_code == 204
        assert requests.get(f"{url}/a.txt", auth=(USER, "wrong"), timeout=30).status_code == 401
        part = requests.get(f"{url}/b.bin", headers={"Range": "bytes=0-1,10-11"}, timeout=30)
        assert (part.status_code, part.headers["Content-Type"].partition(";")[0]) == (206, "multipart/byteranges")
        assert requests.get(f"{url}/sub dir/ä&b.txt", timeout=30).text == "deep"

    async with serving(tmp_path) as url:
        await asyncio.to_thread(talk, url)


@pytest.mark.meets(client="urllib")
async def test_urllib_and_http_client(tmp_path: Path) -> None:
    def talk(url: str) -> None:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, url, USER, PASSWORD)
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
        with opener.open(f"{url}/a.txt", timeout=30) as answer:
            assert answer.read() == TEXT
        connection = http.client.HTTPConnection(url.partition("//")[2], timeout=30)
        with contextlib.closing(connection):
            for _ in range(3):
                connection.request("GET", "/b.bin")
                answer = connection.getresponse()
                assert (answer.status, answer.read()) == (401, b"who are you?\n")
            connection.request("PATCH", "/")
            assert connection.getresponse().status == 405

    async with serving(tmp_path, anonymous=False) as url:
        await asyncio.to_thread(talk, url)


@pytest.mark.meets(client="aiohttp")
async def test_aiohttp_client(tmp_path: Path, ca: str) -> None:
    import ssl

    async with (
        serving(tmp_path, "https") as url,
        aiohttp.ClientSession(headers={"Authorization": aiohttp.encode_basic_auth(USER, PASSWORD)}) as session,
    ):
        context = ssl.create_default_context(cafile=ca)
        async with session.get(f"{url}/b.bin", ssl=context) as answer:
            assert await answer.read() == BINARY

        async def upload() -> AsyncIterator[bytes]:
            for _ in range(10):
                yield BINARY

        async with session.put(f"{url}/up", data=upload(), ssl=context) as answer:
            assert answer.status == 201
        assert (tmp_path / "www" / "up").stat().st_size == 10 * len(BINARY)


@pytest.mark.meets(client="Tornado")
async def test_tornado_client(tmp_path: Path) -> None:
    async with serving(tmp_path) as url:
        client = AsyncHTTPClient(force_instance=True)
        try:
            assert (await client.fetch(f"{url}/a.txt", decompress_response=False)).body == TEXT
            request = HTTPRequest(f"{url}/x", "PUT", body=b"x", auth_username=USER, auth_password=PASSWORD)
            assert (await client.fetch(request)).code == 201
        finally:
            client.close()


_TWISTED = """
import sys
from twisted.internet import task
from twisted.internet.defer import ensureDeferred
from twisted.web.client import Agent, HTTPConnectionPool, readBody

async def main(reactor, url):
    pool = HTTPConnectionPool(reactor)
    agent = Agent(reactor, pool=pool)
    for _ in range(2):
        answer = await agent.request(b"GET", url.encode())
        body = await readBody(answer)
        print(answer.code, len(body))
    await pool.closeCachedConnections()

task.react(lambda reactor, url: ensureDeferred(main(reactor, url)), sys.argv[1:])
"""


@pytest.mark.meets(client="Twisted")
async def test_twisted_client(tmp_path: Path) -> None:
    async with serving(tmp_path) as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _TWISTED,
            f"{url}/b.bin",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, err
        assert out.decode().splitlines() == [f"200 {len(BINARY)}"] * 2
