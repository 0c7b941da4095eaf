"""A test's server: every protocol's, its traffic, its faults, what it received, and nothing left of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import smtplib
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paramiko
import pytest
import requests

import netloom
from netloom import registry
from netloom.contents.bus import Bus
from netloom.contents.files import Files
from netloom.errors import CapabilityError, UsageError
from netloom.operations.demo import PASSWORD, USER, try_sample
from netloom.testing import Server, Trust
from netloom.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.records import Record

ACCOUNT = "ann:secret"


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return Trust(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def smtp(trust: Trust) -> Iterator[Server]:
    with Server("smtp", trust=trust) as server:
        yield server


def mail(server: Server, text: str = "November") -> None:
    with smtplib.SMTP(*server.address, timeout=10) as client:
        client.sendmail("a@example.org", ["ann@example.org"], f"Subject: {text}\r\n\r\nhello\r\n")


# Every protocol


@pytest.mark.parametrize("protocol", registry.names("protocols"))
async def test_its_own_clients_are_satisfied(protocol: str, trust: Trust, leaves_nothing: None) -> None:
    declared = registry.protocol(protocol)
    content = Files() if protocol == "http" else None  # `Answers` say nothing of their own
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(Server(protocol, content, accounts=[f"{USER}:{PASSWORD}"], trust=trust))
        except CapabilityError:
            if os.environ.get("CI") == "1":
                raise
            pytest.skip("this server takes a privilege")
        place = server.trusted.replace(user=USER, password=netloom.Secret(PASSWORD))
        toolbox = Toolbox(_drop)
        for sample in declared.samples:
            records: list[Any] = [record async for record in try_sample(sample, place, toolbox)]
            assert [record.status for record in records] == ["success"] * len(records), records
        if protocol == "syslog":
            server.wait_for()  # nobody answers a message of syslog, so that it may be on its way
        assert list(server.transcript.words())


async def _drop(record: Record) -> None:
    """Only what is asked for counts."""


@pytest.mark.parametrize("scheme", ["https", "smtps", "imaps", "mqtts", "ftps", "wss", "tls"])
def test_over_tls_the_runs_own_authority_is_trusted(scheme: str, trust: Trust) -> None:
    with Server(scheme, trust=trust) as server:
        sock = socket.create_connection(server.address, timeout=10)
        with server.ssl_context().wrap_socket(sock, server_hostname="localhost") as secured:
            assert secured.version() == "TLSv1.3"
        tls = netloom.probe(server.trusted, options=["tls_minimum=1.3"]).one().tls
        assert tls is not None
        assert tls.verified


def test_a_unix_socket_is_in_a_folder_of_its_own_that_goes() -> None:
    server = Server("unix").start()
    place = Path(server.endpoint.socket)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(place))
        sock.sendall(b"x")
        assert sock.recv(9) == b"x"
    server.stop()
    del server
    assert not place.parent.exists()


def test_without_an_authority_it_says_so() -> None:
    with Server("tcp") as server, pytest.raises(UsageError, match="the local authority"):
        _ = server.ca


# Where it is


def test_before_it_was_started_it_is_nowhere() -> None:
    server = Server("smtp")
    assert str(server) == "smtp://127.0.0.1:0"
    with pytest.raises(UsageError, match="hasn't been started"):
        _ = server.port
    server.stop()


def test_an_endpoint_and_its_options_are_told() -> None:
    with Server("tcp://127.0.0.1:0#idle=7", nodelay=True) as server:
        assert server.url == f"tcp://127.0.0.1:{server.port}"
        assert repr(server) == f"<Server {server.url}>"
    with pytest.raises(UsageError, match="colour"):
        Server("tcp", colour="red").start()


def test_what_begins_again_is_where_it_was(smtp: Server) -> None:
    place = smtp.address
    with pytest.raises(UsageError, match="is running"):
        smtp.start()
    smtp.stop()
    with pytest.raises(ConnectionRefusedError):
        mail(smtp)
    smtp.start()
    mail(smtp)
    assert smtp.address == place
    assert len(smtp.received) == 1


def test_a_bus_that_begins_again_hears_once() -> None:
    with Server("mqtt") as server:
        server.stop()
        server.start()
        assert netloom.send(f"{server.url}/x", "1").one().status == "success"
        assert [message.payload for message in server.wait_for()] == [b"1"]


def test_one_that_cant_start_can_be_started_later() -> None:
    with Server("tcp") as first:
        second = Server(first.url)
        with pytest.raises(netloom.NetloomError, match="in use"):
            second.start()
    with second:
        assert second.port == first.port


def test_a_connection_that_is_left_open_is_cut_at_the_end(leaves_nothing: None) -> None:
    with Server("tcp") as server:
        left = socket.create_connection(server.address, timeout=10)
        left.sendall(b"x")
        assert left.recv(1) == b"x"
    with left, contextlib.suppress(ConnectionResetError):
        assert left.recv(1) == b""


# What it received


def test_mails_with_what_is_in_them(smtp: Server) -> None:
    mail(smtp)
    (received,) = smtp.received
    assert (received.sender, received.recipients) == ("a@example.org", ("ann@example.org",))
    assert received.message["Subject"] == received.subject == "November"
    assert received.message.get_content() == "hello\r\n"
    assert [access.verb for access in smtp.accesses] == ["MAIL"]


def test_messages_of_a_bus() -> None:
    with Server("mqtt") as server:
        for topic in ("house/a", "house/b"):
            netloom.send(f"{server.url}/{topic}", "21").one()
        assert [(m.topic, m.payload) for m in server.wait_for(2)] == [("house/a", b"21"), ("house/b", b"21")]


def test_of_others_what_clients_did() -> None:
    with Server("dns") as server:
        netloom.get(f"{server.url}/example.test?type=SOA").one()
        assert [access.target for access in server.wait_for()] == ["example.test. SOA"]


def test_what_doesnt_come_is_told(smtp: Server) -> None:
    mail(smtp)
    with pytest.raises(AssertionError, match=rf"^{smtp.url} received 1 of 2 within 0.01 s: \[Received\(sender="):
        smtp.wait_for(2, timeout=0.01)


async def test_waiting_beside_a_loop(smtp: Server) -> None:
    waiting = asyncio.create_task(asyncio.to_thread(smtp.wait_for, 1))
    await asyncio.to_thread(mail, smtp)
    assert len(await waiting) == 1


def test_a_content_of_ones_own() -> None:
    bus = Bus()
    with Server("sse", bus) as server:
        assert server.content is bus


def test_what_passed_and_who_ended(smtp: Server) -> None:
    mail(smtp)
    with socket.create_connection(smtp.address, timeout=10) as sock:
        sock.recv(100)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(100):
            pass
    words = list(smtp.transcript.words())
    assert [words[0][:12], words[1][:7], words[-1][:7]] == ["1: 127.0.0.1", "1 < 220", "2 < 220"]
    said = [(piece.talk.number, piece.sender, bool(piece.data)) for piece in smtp.transcript.pieces()]
    assert said[-3:] == [(2, "server", True), (2, "client", False), (2, "server", False)]


# What it says


def test_answers_are_http_s_alone(smtp: Server) -> None:
    with Server("http") as server:
        server.answer("/orders", json={"id": 1}, status=201, method="POST")
        answer = requests.post(f"{server.url}/orders?a=1", json={"n": 2}, timeout=10)
        assert (answer.status_code, answer.json()) == (201, {"id": 1})
        assert [(r.method, r.path, r.parameters, r.json) for r in server.received] == [
            ("POST", "/orders", {"a": "1"}, {"n": 2})
        ]
    with pytest.raises(UsageError, match="mail in memory, which answers by itself"):
        smtp.answer("/orders")


# What is wrong with it


def test_it_refuses_so_often(smtp: Server) -> None:
    smtp.refuse("421", times=1)
    with pytest.raises(smtplib.SMTPConnectError, match="421"):
        mail(smtp)
    mail(smtp)
    smtp.refuse("550", at="RCPT", target="ann@*", text="nobody of that name")
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="nobody of that name"):
        mail(smtp)
    smtp.mend()
    mail(smtp)
    assert len(smtp.received) == 2


def test_a_fault_goes_with_its_block_or_by_hand(smtp: Server) -> None:
    with smtp.fault("reset") as placed:
        assert placed.name == "reset"
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
            mail(smtp)
    mail(smtp)
    placed = smtp.fault("reset")
    placed.lift()
    with pytest.raises(UsageError, match="no fault 'reset'"):
        placed.lift()
    mail(smtp)


def test_a_fault_that_cant_act_here_is_refused(smtp: Server) -> None:
    for wrong in ("refuse:999", "latency:soon", "noise"):
        with pytest.raises(UsageError):
            smtp.fault(wrong)
    with pytest.raises(UsageError, match="no TLS and so no certificate"):
        Server("tcp", faults=["certificate:expired"]).start()
    mail(smtp)


def test_faults_from_the_start_and_one_that_was_lifted_within(smtp: Server) -> None:
    with Server("tcp", faults=["reset"]) as server:
        with socket.create_connection(server.address, timeout=10) as sock:
            sock.sendall(b"x")
            with pytest.raises(ConnectionResetError):
                sock.recv(1)
        server.mend("reset")
    with smtp.fault("latency:1ms"):
        smtp.mend()  # what is in the block's hands has gone already, which is what it wants


def test_a_certificate_that_has_expired(trust: Trust) -> None:
    with Server("https", trust=trust) as server:
        server.answer("/", "hello")

        with server.fault("certificate:expired"), pytest.raises(requests.exceptions.SSLError, match="expired"):
            requests.get(server.url, verify=server.ca, timeout=10)
        assert requests.get(server.url, verify=server.ca, timeout=10).text == "hello"


def test_ssh_with_an_account_and_a_foreign_client() -> None:
    with Server("ssh", accounts=[ACCOUNT]) as server, paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # on loopback
        client.connect(*server.address, username="ann", password="secret", look_for_keys=False, allow_agent=False)
        assert client.exec_command("echo loom", timeout=10)[1].read() == b"loom\n"
