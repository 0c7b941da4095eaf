"""The command as somebody uses it: typed at, interrupted, hung up on, and with what it was started with closed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import termios
import threading
import time
from typing import TYPE_CHECKING

import pytest

from netloom.links.authority import Authority
from tests.cli.command import BOUND, COMMAND, environment, line_of, netloom, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self.side, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(TERM="xterm"),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no thread runs here
        )  # fmt: skip
        self._theirs = theirs
        self.shown = ""

    def until(self, words: str) -> str:
        """What is shown, up to these words; they must come."""
        while words not in self.shown:
            ready, _, _ = select.select([self.side], [], [], BOUND)
            assert ready, self.shown
            self.shown += os.read(self.side, 4096).decode()
        return self.shown

    def type(self, text: str) -> None:
        os.write(self.side, text.encode())

    def until_taken(self) -> None:
        """Wait until the command has read all that was typed, and waits for more."""
        deadline = time.monotonic() + BOUND
        while unread(self._theirs):
            assert time.monotonic() < deadline, "nobody reads what is typed"
            select.select([], [], [], 0.01)

    def end(self) -> int:
        """Read what still comes; the exit code."""
        os.close(self._theirs)
        self._theirs = -1
        with contextlib.suppress(OSError):  # EIO: the other side is closed
            while piece := os.read(self.side, 4096):
                self.shown += piece.decode()
        return self.process.wait(BOUND)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.side)
        if self._theirs >= 0:
            os.close(self._theirs)


def unread(descriptor: int) -> int:
    """Octets that wait in a pipe or at a terminal."""
    return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)))[0])


@contextlib.contextmanager
def typing(*arguments: str) -> Iterator[Terminal]:
    made = Terminal(*arguments)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def serving(*arguments: str) -> Iterator[list[dict[str, str]]]:
    """Servers of ours; what they announce."""
    with started("serve", *arguments, stdout=subprocess.PIPE) as process:
        count = sum("://" in argument for argument in arguments)
        assert process.stdout is not None
        yield [json.loads(process.stdout.readline()) for _ in range(count)]


@pytest.mark.parametrize("arguments", [["probe"], ["send", "-"], ["connect"]])
def test_standard_input_may_be_closed(arguments: list[str]) -> None:
    operation, *more = arguments
    with serving("tcp://127.0.0.1:0") as ((server),):
        command = " ".join([*COMMAND, operation, server["endpoint"], *more])
        done = subprocess.run(
            ["sh", "-c", f"exec {command} <&-"], capture_output=True, text=True, env=environment(), check=False,
            timeout=BOUND,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_who_is_joined_by_hand_is_let_go_when_the_other_side_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with typing("connect", f"tcp://127.0.0.1:{server.getsockname()[1]}") as terminal:
            link, _ = server.accept()
            terminal.type("hello\n")
            assert link.recv(100) == b"hello\n"
            link.sendall(b"goodbye\n")
            link.close()
            assert terminal.end() == 0
        assert "goodbye" in terminal.shown


def test_a_terminal_elsewhere_echoes_and_ours_does_not() -> None:
    with serving("ssh://127.0.0.1:0", "--account", "ann:secret") as ((server),):
        place = server["endpoint"].replace("//", "//ann:secret@")
        with typing("connect", f"{place}#hostkey={server['trust']['hostkey']}") as terminal:  # type: ignore[index]
            terminal.until("$ ")
            terminal.type("echo we''ft\r")
            terminal.until("weft\r\n")
            terminal.type("\x04")
            assert terminal.end() == 0
    assert terminal.shown.count("echo we''ft") == 1


READERS = {"send": ["send", "{}", "-"], "put": ["put", "{}", "-"], "probe": ["probe", "--file", "-"]}


@pytest.mark.parametrize("arguments", READERS.values(), ids=READERS)
def test_ctrl_c_while_nothing_more_is_typed(arguments: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"{'http' if 'put' in arguments else 'tcp'}://127.0.0.1:{server.getsockname()[1]}"
        with typing(*(argument.format(place) for argument in arguments)) as terminal:
            terminal.type("# the first line\n")
            terminal.until("# the first line\r\n")  # the echo: now it is there to be read
            terminal.until_taken()
            terminal.type("\x03")
            assert terminal.end() == 130
        assert "Traceback" not in terminal.shown


@pytest.mark.parametrize("arguments", READERS.values(), ids=READERS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_while_a_pipe_has_nothing_more(arguments: list[str], number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"{'http' if 'put' in arguments else 'tcp'}://127.0.0.1:{server.getsockname()[1]}"
        made = [argument.format(place) for argument in arguments]
        with started(*made, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stderr is not None
            process.stdin.write(b"# the first piece")
            while unread(process.stdin.fileno()):
                assert process.poll() is None
                select.select([], [], [], 0.01)
            process.send_signal(number)
            assert process.wait(BOUND) == (130 if number is signal.SIGINT else 143)
            assert b"Traceback" not in process.stderr.read()


def test_an_interrupted_download_says_how_to_go_on(tmp_path: Path) -> None:
    save = tmp_path / "big"
    save.write_text("former")
    with slow_web_server() as place, started("get", place, "--save", str(save), stderr=subprocess.PIPE) as process:
        part = tmp_path / ".big.part"
        while not part.exists() or part.stat().st_size < 50_000:
            assert process.poll() is None
            select.select([], [], [], 0.01)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=BOUND)[1]
        assert process.returncode == 130
    assert said.decode() == f"netloom: 100000 bytes of {save} are kept: the same with --resume goes on\n"
    assert save.read_text() == "former"


@contextlib.contextmanager
def slow_web_server() -> Iterator[str]:
    """An answer that begins, and doesn't go on."""
    over = threading.Event()

    def answer(server: socket.socket) -> None:
        link, _ = server.accept()
        with link:
            link.recv(65536)
            link.sendall(b'HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: 200000\r\n\r\n' + bytes(100_000))
            over.wait(BOUND)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/big"
        finally:
            over.set()
            thread.join()


class TestHangingUp:
    def test_certificates_are_read_again(self, tmp_path: Path) -> None:
        authority = Authority.create()
        (tmp_path / "ca.pem").write_bytes(authority.certificate_pem)
        live = tmp_path / "live.pem"
        issued: list[object] = []

        def issue() -> None:
            made = authority.issue(["localhost", f"{len(issued)}.example"])
            issued.append(made)
            live.write_bytes(made.cert_pem + made.key_pem)

        issue()
        with started(
            "serve", f"tls://127.0.0.1:0#cert={live}", stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            port = int(json.loads(line_of(process.stdout))["endpoint"].rpartition(":")[2])
            first = shown_at(port, tmp_path / "ca.pem")
            issue()
            process.send_signal(signal.SIGHUP)
            assert line_of(process.stderr) == b"netloom: the certificates were read again\n"
            second = shown_at(port, tmp_path / "ca.pem")
            live.write_text("no certificate")
            process.send_signal(signal.SIGHUP)
            assert line_of(process.stderr).startswith(b"netloom: the certificates stay as they were: no usable")
            assert shown_at(port, tmp_path / "ca.pem") == second
        assert first != second

    def test_without_certificates_of_ones_own_it_ends(self) -> None:
        with started("serve", "tcp://127.0.0.1:0", stdout=subprocess.PIPE) as process:
            line_of(process.stdout)
            process.send_signal(signal.SIGHUP)
            assert process.wait(BOUND) == 129


def shown_at(port: int, trust: Path) -> bytes | None:
    """The certificate that is shown there."""
    context = ssl.create_default_context(cafile=str(trust))
    with (
        socket.create_connection(("127.0.0.1", port), BOUND) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        return secured.getpeercert(binary_form=True)


def test_what_a_probe_finds_of_tls_is_in_its_line() -> None:
    with serving("https://127.0.0.1:0") as ((server),):
        trust = ["--ca", server["trust"]["ca"]]  # type: ignore[index]
        known = netloom("probe", server["endpoint"], *trust).stdout
        assert re.search(r"200 OK · HTTP/2 · TLS 1\.3 · certificate \d+ days", known)
        looked = netloom("probe", server["endpoint"], "--no-verify").stdout
        assert "TLS 1.3 · certificate not verified" in looked


def test_dialogues_of_several_are_told_apart() -> None:
    with serving("tcp://127.0.0.1:0", "http://127.0.0.1:0") as (raw, web):
        told = netloom("probe", raw["endpoint"], web["endpoint"], "-vv").stderr
        alone = netloom("probe", web["endpoint"], "-vv").stderr
    assert f"    {web['endpoint']}\n      > GET / HTTP/1.1\n" in told
    assert alone.startswith("      > GET / HTTP/1.1\n")
