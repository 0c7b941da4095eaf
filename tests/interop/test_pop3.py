"""POP3 meets others: our client and Dovecot, Cyrus, Twisted; our server and poplib, curl, fetchmail, mpop."""

from __future__ import annotations

import poplib
from typing import TYPE_CHECKING, Any

import pytest

from netloom.contents.mail import Mail
from netloom.errors import PeerRefused, Status, TLSError
from tests.interop.imap_peers import CA, PASSWORD, STORES, USER, Place, dovecot
from tests.interop.mail_talk import (
    LETTER,
    MULTIPART,
    client,
    curl,
    delivered,
    fetchmail,
    got,
    listed,
    put,
    run,
    trusting,
    with_ours,
)
from tests.interop.peers import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

DOTS = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n" + b"y" * 900 + b"\r\n"


# Our client


@pytest.fixture(scope="module", params=[pytest.param(n, marks=pytest.mark.meets(server=n)) for n in STORES])
def store(request: pytest.FixtureRequest) -> Iterator[tuple[str, Place]]:
    with STORES[request.param]() as place:
        yield request.param, place


WAYS = {"Dovecot": ("plain", "starttls", "tls"), "Cyrus": ("plain", "starttls", "tls"), "Twisted": ("plain", "tls")}
"""Twisted's server has no STLS."""


@pytest.fixture
def ways(store: tuple[str, Place]) -> list[tuple[str, Place]]:
    """Each way to the store."""
    name, place = store
    return [(way, place) for way in WAYS[name]]


def options(way: str) -> str:
    """Without TLS the password isn't said."""
    return ",auth=cram-md5" if way == "plain" else ""


async def test_list_get_delete(ways: list[tuple[str, Place]]) -> None:
    for way, place in ways:
        more = options(way)
        for letter in (LETTER, MULTIPART, DOTS):
            await put(place.url("tls", "imap", "/INBOX"), letter)
        entries = await listed(place.url(way, "pop3", "", more))
        assert [entry.value["subject"] for entry in entries] == ["Träger", "parts", "dots"]
        assert [entry.size for entry in entries] == [len(LETTER), len(MULTIPART), len(DOTS)]
        assert len({entry.value["uid"] for entry in entries}) == 3
        assert await got(place.url(way, "pop3", "/1", more)) == ({"number": 1, "uid": entries[0].value["uid"]}, LETTER)
        assert (await got(place.url(way, "pop3", "", more)))[1] == DOTS, "the newest"
        assert (await got(place.url(way, "pop3", "/3", f"{more},lines=2")))[1] == DOTS[: DOTS.index(b".x")]
        chosen = f"{more},uid={entries[1].value['uid']}"
        assert (await got(place.url(way, "pop3", "", chosen)))[1] == MULTIPART
        for _ in range(3):
            await got(place.url(way, "pop3", "/1", f"{more},delete"))
        assert await listed(place.url(way, "pop3", "", more)) == []
        with pytest.raises(PeerRefused, match="no message"):
            await got(place.url(way, "pop3", "", more))


async def test_each_way_to_log_in(store: tuple[str, Place]) -> None:
    name, place = store
    known = ("user", "cram-md5") if name == "Twisted" else ("user", "plain", "login", "cram-md5", "scram-sha-256")
    for auth in known:
        assert await listed(place.url("tls", "pop3", "", f",auth={auth}")) == []
        with pytest.raises(PeerRefused) as refused:
            await listed(place.url("tls", "pop3", "", f",auth={auth}").replace(f"{USER}:", f"{USER}:x"))
        assert refused.value.status is Status.UNAUTHENTICATED


async def test_who_isnt_trusted(ways: list[tuple[str, Place]]) -> None:
    for way, place in ways:
        if way != "plain":
            with pytest.raises(TLSError):
                await listed(place.url(way, "pop3").replace(f"ca={CA}", "verify=yes"))


@pytest.mark.meets(server="Dovecot")
async def test_dovecot_is_probed() -> None:
    from netloom.protocols.pop3.probe import Facts, probe

    with dovecot() as place:
        await put(place.url("tls", "imap", "/INBOX"), LETTER)
        facts, found = Facts(), Facts()
        async with client(place.url("starttls", "pop3")) as (one, _):
            await probe(one, facts)
        async with client(f"pop3://localhost:{place.ports['pop3']}#tls=never") as (one, _):
            await probe(one, found)
    assert (facts.starttls, facts.tls, facts.authenticated) == (True, True, "PLAIN")
    assert (facts.messages, facts.size) == (1, len(LETTER))
    assert facts.summary.startswith("+OK ready · TLS · ")
    assert facts.summary.endswith("authenticated by PLAIN · 1 message")
    assert (found.starttls, found.tls, found.authenticated) == (True, False, "")
    assert {"UIDL", "TOP", "PIPELINING"} <= found.capabilities.keys()


# Our server


@pytest.fixture(params=["memory", "disk"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Mail:
    (tmp_path / "mails").mkdir()
    return Mail() if request.param == "memory" else Mail(tmp_path / "mails")


@pytest.mark.meets(client="poplib")
@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_poplib(way: str, mail: Mail) -> None:
    def connect(place: Place) -> poplib.POP3:
        if way == "tls":
            return poplib.POP3_SSL("localhost", place.ports["pop3s"], context=trusting())
        one = poplib.POP3("localhost", place.ports["pop3"])
        assert "USER" not in one.capa()
        one.stls(trusting())
        return one

    def talk(place: Place) -> None:
        one = connect(place)
        one.user(USER)
        with pytest.raises(poplib.error_proto, match="AUTH"):
            one.pass_("wrong")
        one.user(USER)
        one.pass_(PASSWORD)
        assert one.stat() == (3, len(LETTER) + len(MULTIPART) + len(DOTS))
        assert one.list()[1] == [b"%d %d" % (n, len(text)) for n, text in enumerate((LETTER, MULTIPART, DOTS), 1)]
        uids = one.uidl()[1]
        assert [b"\r\n".join(one.retr(number)[1]) + b"\r\n" for number in (1, 2, 3)] == [LETTER, MULTIPART, DOTS]
        assert b"\r\n".join(one.top(3, 1)[1]) == b"Subject: dots\r\n\r\n."
        other = connect(place)
        other.user(USER)
        with pytest.raises(poplib.error_proto, match="IN-USE"):
            other.pass_(PASSWORD)
        other.quit()
        one.dele(1)
        assert one.stat()[0] == 2
        with pytest.raises(poplib.error_proto):
            one.retr(1)
        one.rset()
        one.dele(2)
        assert one.noop() == b"+OK ok"
        one.quit()
        one = connect(place)
        one.user(USER)
        one.pass_(PASSWORD)
        assert [line.split()[1] for line in one.uidl()[1]] == [uids[0].split()[1], uids[2].split()[1]]
        one.quit()

    await delivered(mail, LETTER, MULTIPART, DOTS)
    await with_ours(mail, talk)


@pytest.mark.meets(client="curl")
@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_curl(way: str, mail: Mail) -> None:
    def talk(place: Place) -> None:
        assert curl(place, way, "pop3", "/2") == MULTIPART
        assert curl(place, way, "pop3", "/3") == DOTS
        assert curl(place, way, "pop3", "/").split(b"\r\n")[0] == b"1 %d" % len(LETTER)
        curl(place, way, "pop3", "/1", "-X", "DELE", "-I")

    await delivered(mail, LETTER, MULTIPART, DOTS)
    await with_ours(mail, talk)
    assert [info.size for info in await mail.mailbox("ann").list()] == [len(MULTIPART), len(DOTS)]


@pytest.mark.meets(client="fetchmail")
@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_fetchmail(way: str, mail: Mail, tmp_path: Path) -> None:
    def talk(place: Place) -> None:
        fetchmail(place, way, "pop3", tmp_path)

    await delivered(mail, LETTER, MULTIPART, DOTS)
    await with_ours(mail, talk)
    text = (tmp_path / "got").read_bytes()
    assert (text.count(b"hello, loom"), text.count(b"AAEC"), text.count(b"\n.x\n")) == (1, 1, 1)
    assert await mail.mailbox("ann").list() == (), "it has fetched them"


@pytest.mark.meets(client="mpop")
@pytest.mark.parametrize(
    ("way", "auth"),
    [
        (way, auth)
        for way in ("plain", "starttls", "tls")
        for auth in ("user", "plain", "cram-md5", "scram-sha-256")
        if way != "plain" or auth not in ("user", "plain")
    ],
)
async def test_mpop(way: str, auth: str, mail: Mail, tmp_path: Path) -> None:
    def talk(place: Place) -> None:
        scheme = "pop3" + "s" * (way == "tls")
        config = tmp_path / "mpoprc"
        config.touch(mode=0o600)
        config.write_text(
            f"account loom\nhost localhost\nport {place.ports[scheme]}\nuser {USER}\nauth {auth}\n"
            f"passwordeval cat {tmp_path}/secret\ntls {'off' if way == 'plain' else 'on'}\n"
            f"tls_starttls {'on' if way == 'starttls' else 'off'}\n"
            f"tls_trust_file {CA}\nkeep on\ndelivery mbox {tmp_path}/got\nuidls_file {tmp_path}/uidls\n"
        )
        command = (need("mpop", "mpop"), "-C", config, "loom")
        first: Any = run(*command)
        assert b"3 messages" in first.stdout, first.stdout
        assert b"new: no messages, total: 3" in run(*command).stdout

    (tmp_path / "secret").write_text(PASSWORD)
    await delivered(mail, LETTER, MULTIPART, DOTS)
    await with_ours(mail, talk)
    assert (tmp_path / "got").read_bytes().count(b"\nFrom ") == 2
