"""A server and its supervisor: readiness, sockets that were passed on, and whom it becomes."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netloom.errors import CapabilityError, UsageError
from netloom.supervision import User, tell_supervisor
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import Iterator

BOUND = 30.0
SERVE = [sys.executable, "-m", "netloom", "serve"]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(BOUND)
        yield sock


def started(command: list[str], **fields: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, **fields)  # type: ignore[call-overload,no-any-return]


def first_record(process: subprocess.Popen[bytes]) -> dict[str, object]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    assert process.wait(BOUND) in (0, 130)
    assert process.stdout is not None
    process.stdout.close()


class TestReadiness:
    def test_it_is_told_from_the_first_word_to_the_last(self, supervisor: socket.socket) -> None:
        environment = {**os.environ, "NOTIFY_SOCKET": supervisor.getsockname()}
        process = started([*SERVE, "tcp://127.0.0.1:0"], env=environment)
        endpoint = str(first_record(process)["endpoint"])
        assert supervisor.recv(4096).decode() == f"READY=1\nSTATUS=serving {endpoint}"
        stop(process)
        assert supervisor.recv(4096) == b"STOPPING=1"

    def test_in_the_abstract_namespace(self, monkeypatch: pytest.MonkeyPatch) -> None:
        name = f"netloom-test-{os.getpid()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.bind(f"\0{name}")
            monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
            assert tell_supervisor("READY=1", "STATUS=x")
            assert sock.recv(100) == b"READY=1\nSTATUS=x"

    @pytest.mark.parametrize("place", ["", "relative", "/nowhere/at/all"])
    def test_nobody_listens(self, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NOTIFY_SOCKET", place)
        assert not tell_supervisor("READY=1")


class TestActivation:
    def test_by_systemd(self) -> None:
        """Its own tool listens, and starts the server when somebody comes."""
        activate = need("systemd-socket-activate", "systemd")
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            place = f"127.0.0.1:{sock.getsockname()[1]}"
        kept = [part for name in ("PYTHONPATH", "HOME", "PATH", "XDG_STATE_HOME") for part in ("-E", name)]
        process = started([activate, *kept, "-l", place, *SERVE, f"tcp://{place}"], stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                try:
                    peer = socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2])), BOUND)
                    break
                except ConnectionRefusedError:
                    process.poll()
                    signal.sigtimedwait([], 0.05)
            else:
                pytest.fail("systemd-socket-activate doesn't listen")
            with peer:
                peer.sendall(b"warp and weft")
                assert peer.recv(100) == b"warp and weft"
            assert first_record(process)["endpoint"] == f"tcp://{place}"
        finally:
            stop(process)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
class TestUser:
    def test_after_binding(self) -> None:
        process = started([*SERVE, "tcp://127.0.0.1:0", "--user", "nobody"])
        record = first_record(process)
        wanted = pwd.getpwnam("nobody")
        port = int(str(record["endpoint"]).rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), BOUND) as peer:
            peer.sendall(b"x")
            assert peer.recv(1) == b"x"
            status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        told = {line.partition(":")[0]: line.split()[1:] for line in status}
        assert told["Uid"] == [str(wanted.pw_uid)] * 4
        assert told["Gid"] == [str(wanted.pw_gid)] * 4
        assert str(os.getgid()) not in told["Groups"] or os.getgid() == wanted.pw_gid
        assert set(told["CapEff"]) == {"0" * 16}
        stop(process)

    def test_who_isnt_root_cant(self) -> None:
        script = "import os; from netloom.supervision import User; import pwd, grp; os.setuid(65534); User('root')"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
        assert CapabilityError.__name__ in done.stderr


@pytest.mark.parametrize("text", ["nobody-of-that-name", "root:nobody-of-that-group", "99999999999999999999"])
def test_who_isnt_there(text: str) -> None:
    with pytest.raises(UsageError, match="there is no"):
        User(text)
