"""Recordings of links: tshark reads them without a complaint, plaintext included; a password is nowhere else."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import netloom
from netloom.contents.handler import Handler
from netloom.endpoint import Endpoint
from netloom.errors import UsageError
from netloom.links.memory import MemoryNetwork
from netloom.links.virtual import run
from netloom.runs import Run
from netloom.serving import Serving
from tests.interop.peers import need
from tests.worlds import Certificates, record

if TYPE_CHECKING:
    from pathlib import Path

    from netloom.links.stream import Stream

CANARY = "canary-7351"
WORDS = "the quick brown fox"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def tshark(path: Path, *arguments: str) -> list[str]:
    """What tshark prints about a recording, checksums checked."""
    need("tshark", "tshark")
    checks = [part for name in ("ip", "tcp", "udp") for part in ("-o", f"{name}.check_checksum:TRUE")]
    done = subprocess.run(
        ["tshark", "-r", path, *checks, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


def check(path: Path, resets: int = 0) -> None:
    """No complaint, but of so many resets that really were."""
    wrong = "tcp.analysis.flags || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    complaints = tshark(path, "-Y", f"{wrong} || _ws.malformed || _ws.expert.severity >= warning")
    assert [line for line in complaints if "RST" not in line] == []
    assert len(complaints) == resets


@pytest.mark.interop
class TestTshark:
    @pytest.mark.parametrize("where", ["tcp://127.0.0.1:0", "tcp://[::1]:0", "udp://127.0.0.1:0", "unix"])
    async def test_plain(self, where: str, tmp_path: Path) -> None:
        if where == "unix":
            where = f"unix://{tmp_path}/s"
        path = tmp_path / "x.pcapng"
        async with Serving([Endpoint.parse(where)]) as serving:
            target = f"{serving.endpoint}#reply=some"
            found = await record(None, "send", target, WORDS, record=str(path))
        assert found.body == WORDS.encode()
        check(path)
        kind = "udp" if where.startswith("udp") else "tcp"
        lines = tshark(path, "-Y", f'{kind}.payload contains "{WORDS}"')
        assert len(lines) == 2, "there and back"

    async def test_tls(self, certificates: Certificates, tmp_path: Path) -> None:
        path = tmp_path / "x.pcapng"
        async with Serving([Endpoint.parse(f"tls://127.0.0.1:0#cert={certificates.good}")]) as serving:
            target = f"{serving.endpoint}#reply=some,ca={certificates.ca}"
            found = await record(None, "send", target, WORDS, record=str(path))
        assert found.body == WORDS.encode()
        assert WORDS.encode() not in path.read_bytes(), "it is recorded as it was on the wire"
        check(path)
        followed = "\n".join(tshark(path, "-q", "-z", "follow,tls,ascii,0"))
        assert followed.count(WORDS) == 2, "and the secrets inside decrypt it"

    async def test_several_attempts_share_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "x.pcapng"
        async with Serving([Endpoint.parse("tcp://127.0.0.1:0")]) as serving:
            found = [one async for one in netloom.probe(*[str(serving.endpoint)] * 5, record=str(path))]
        assert len(found) == 5
        check(path)
        assert len(set(tshark(path, "-T", "fields", "-e", "tcp.stream"))) == 5

    async def test_a_connection_that_is_reset(self, tmp_path: Path) -> None:
        async def reset(link: Stream) -> None:
            link.abort()

        path = tmp_path / "x.pcapng"
        async with Serving([Endpoint.parse("tcp://127.0.0.1:0")], [Handler(reset)]) as serving:
            await record(None, "send", f"{serving.endpoint}#reply=line", WORDS, record=str(path))
        check(path, resets=1)

    async def test_refused_and_failed_handshakes(self, certificates: Certificates, tmp_path: Path) -> None:
        path = tmp_path / "x.pcapng"
        async with Serving([Endpoint.parse(f"tls://127.0.0.1:0#cert={certificates.self_signed}")]) as serving:
            found = await record(None, "probe", str(serving.endpoint), record=str(path))
        assert found.status == "tls_error"
        check(path)


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x.pcapng").write_text("precious")
    with pytest.raises(UsageError):
        netloom.probe("tcp://127.0.0.1:9", record=str(tmp_path / "x.pcapng")).one()
    assert (tmp_path / "x.pcapng").read_text() == "precious"


def test_a_password_is_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not in the record, its repr, the log, the recording or an error, however the attempt ends."""
    path = tmp_path / "x.pcapng"
    said: list[str] = []

    async def main() -> list[Any]:
        network = MemoryNetwork()
        async with Serving([Endpoint.parse(f"tcp://ann:{CANARY}@127.0.0.1:4242")], network=network) as serving:
            seen: list[Any] = [*serving.records, *serving.endpoints]
            for target in (
                f"tcp://ann:{CANARY}@127.0.0.1:4242#reply=some",
                f"tcp://ann:{CANARY}@127.0.0.1:1#reply=some",
                f"tcp://ann:{CANARY}@nowhere.test:1#reply=some",
                f"tcp://127.0.0.1:4242#reply=some,proxy=socks5://ann:{CANARY}@127.0.0.1:4242",
                f"tcp://127.0.0.1:4242#reply=some,proxy=http://ann:{CANARY}@127.0.0.1:1",
                f"tls://ann:{CANARY}@127.0.0.1:4242#reply=some",
            ):
                tools = {"network": network, "dialogue": lambda *words: said.extend(words)}
                run_of: Run[Any] = Run.prepare("send", (target, WORDS), {"record": str(path), "deadline": 3}, tools)
                seen += [one async for one in run_of]
                path.rename(path.with_suffix(f".{len(seen)}"))
            return seen

    with caplog.at_level("DEBUG"):
        seen = run(main())
    assert len(seen) == 8
    everything = [repr(one) + str(one) for one in seen] + said + [caplog.text]
    assert not [text for text in everything if CANARY in text]
    assert said, "the dialogue was told"
    for file in tmp_path.iterdir():
        if "proxy" not in file.name:
            data = file.read_bytes()
            sent = data.count(CANARY.encode())
            assert sent == 0 or b"\x01\x03ann" in data, "what a proxy is told on the wire is recorded as it was"


def test_malformed_urls_never_echo_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    for target in (
        f"tcp://ann:{CANARY}@127.0.0.1:x",
        f"tcp//ann:{CANARY}@h",
        f"tcp:ann:{CANARY}@h",
        f"ann:{CANARY}@h",
        f"tcp://ann:{CANARY} @h",
        f"nothing://ann:{CANARY}@h:1",
        f"tcp://ann:{CANARY}@h",
        f"tcp://ann:{CANARY}@h:1#nodelay=x",
        f"tcp://h:1#nosuch,password={CANARY}",
        f"tcp://h:1#proxy=socks5://ann:{CANARY}@p:x",
        f"tcp://h:1#proxy=hubla://ann:{CANARY}@p",
    ):
        with pytest.raises(UsageError) as caught:
            netloom.probe(target, deadline=1).one()
        error = caught.value
        assert CANARY not in f"{error} {error.hint} {error.text} {error!r}", target
    assert CANARY not in "".join(capsys.readouterr())
