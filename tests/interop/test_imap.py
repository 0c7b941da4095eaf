"""IMAP meets others: our client and Dovecot, Cyrus, Twisted; our server and imaplib, curl, mbsync and more."""

from __future__ import annotations

import asyncio
import imaplib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]  # it has no types

from netloom.contents.mail import Mail
from netloom.errors import PeerRefused, Status, TLSError
from tests.interop.imap_peers import CA, PASSWORD, STORES, USER, Place, dovecot, ours
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
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

# Our client


@pytest.fixture(scope="module", params=[pytest.param(n, marks=pytest.mark.meets(server=n)) for n in STORES])
def store(request: pytest.FixtureRequest) -> Iterator[tuple[str, Place]]:
    with STORES[request.param]() as place:
        yield request.param, place


@pytest.mark.parametrize("way", ["plain", "starttls", "tls"])
class TestOurClient:
    async def test_put_list_get(self, store: tuple[str, Place], way: str) -> None:
        name, place = store
        folder = f"/{way}"
        meta = await put(place.url(way, "imap", folder, ",create=yes,flags=seen,flags=flagged,date=1795212000"), LETTER)
        assert meta["size"] == len(LETTER)
        assert ("uid" in meta) is (name != "Twisted"), "UIDPLUS"
        await put(place.url(way, "imap", folder), MULTIPART[:100], MULTIPART[100:])
        boxes = {entry.name: entry for entry in await listed(place.url(way, "imap"))}
        assert {"INBOX", way} <= {entry.upper() if entry.upper() == "INBOX" else entry for entry in boxes}
        first, second = await listed(place.url(way, "imap", folder))
        assert first.value["subject"] == "Träger"
        assert first.value["from"] == "Böb <bob@example.org>"
        assert set(first.value["flags"].split()) >= {"\\Flagged", "\\Seen"}
        assert (first.size, second.size) == (len(LETTER), len(MULTIPART))
        if name != "Twisted":  # Twisted's date is whatever it was given
            assert first.modified == 1795212000
        meta, data = await got(place.url(way, "imap", first.path))
        assert (meta["uid"], data) == (int(first.name), LETTER)
        assert (await got(place.url(way, "imap", folder)))[1] == MULTIPART, "the newest"

    async def test_searches(self, store: tuple[str, Place], way: str) -> None:
        name, place = store
        folder = f"/search-{way}"
        await put(place.url(way, "imap", folder, ",create=yes,flags=seen"), LETTER)
        await put(place.url(way, "imap", folder), MULTIPART)
        wanted = {
            "UNSEEN": ["parts"], "ALL": ["Träger", "parts"], "NOT SEEN": ["parts"],
            "OR SEEN UNSEEN": ["Träger", "parts"], "LARGER 1000000": [],
        }  # fmt: skip
        if name != "Twisted":  # Twisted's SEARCH fails for texts: "must be str, not bytes"
            wanted |= {
                "SUBJECT parts": ["parts"],
                "OR SEEN SUBJECT parts": ["Träger", "parts"],
                "TEXT Träger": ["Träger"],
            }
        for query, subjects in wanted.items():
            found = await listed(place.url(way, "imap", f"{folder}?search={quote(query)}"))
            assert [entry.value["subject"] for entry in found] == subjects, query
        meta, data = await got(place.url(way, "imap", f"{folder}?search=SEEN"))
        assert data == LETTER
        assert "\\Seen" in meta["flags"]
        with pytest.raises(PeerRefused, match="no message"):
            await got(place.url(way, "imap", f"{folder}?search=LARGER%201000000"))

    async def test_sections(self, store: tuple[str, Place], way: str) -> None:
        name, place = store
        folder = f"/sections-{way}"
        await put(place.url(way, "imap", folder, ",create=yes"), MULTIPART)
        head, _, text = MULTIPART.partition(b"\r\n\r\n")
        wanted = {"/;MAILINDEX=1": MULTIPART, "/;MAILINDEX=1/;SECTION=TEXT": text}
        if name != "Twisted":  # Twisted writes headers anew, and our small store has no parts
            wanted |= {
                "/;MAILINDEX=1/;SECTION=HEADER": head + b"\r\n\r\n", "/;MAILINDEX=1/;SECTION=1": b"first",
                "/;MAILINDEX=1/;SECTION=2": b"AAEC", "/;MAILINDEX=1/;SECTION=TEXT/;PARTIAL=2.3": b"x\r\n",
                "/;MAILINDEX=1/;SECTION=HEADER.FIELDS%20(SUBJECT)": b"Subject: parts\r\n\r\n",
            }  # fmt: skip
        for at, data in wanted.items():
            assert (await got(place.url(way, "imap", folder + at)))[1] == data, at

    async def test_names_beyond_ascii(self, store: tuple[str, Place], way: str) -> None:
        _, place = store
        await put(place.url(way, "imap", f"/Ges%C3%A4t-{way}", ",create=yes"), LETTER)
        assert f"Gesät-{way}" in {entry.name for entry in await listed(place.url(way, "imap"))}
        assert [entry.size for entry in await listed(place.url(way, "imap", f"/Ges%C3%A4t-{way}"))] == [len(LETTER)]

    async def test_each_way_to_log_in(self, store: tuple[str, Place], way: str) -> None:
        name, place = store
        ways = ["cram-md5"] if way == "plain" else ["plain", "login", "cram-md5"]
        for auth in [*ways, *(["scram-sha-256"] if name != "Twisted" else [])]:
            assert await listed(place.url(way, "imap", "", f",auth={auth}"))
            with pytest.raises(PeerRefused) as refused:
                await listed(place.url(way, "imap", "", f",auth={auth}").replace(f"{USER}:", f"{USER}:x"))
            assert refused.value.status is Status.UNAUTHENTICATED

    async def test_who_isnt_trusted(self, store: tuple[str, Place], way: str) -> None:
        if way != "plain":
            with pytest.raises(TLSError):
                await listed(store[1].url(way, "imap").replace(f"ca={CA}", "verify=yes"))


@pytest.mark.meets(server="Dovecot")
class TestDovecot:
    async def test_what_happens_is_heard(self) -> None:
        with dovecot() as place:
            url = place.url("starttls", "imap", "/INBOX")
            async with client(url) as (one, attempt):
                heard = one.listen(attempt.endpoint.path)
                waiting = asyncio.ensure_future(anext(heard))
                for _ in range(200):  # the first may come before we listen
                    await put(url, LETTER)
                    done, _ = await asyncio.wait({waiting}, timeout=2)  # it tells after half a second of quiet
                    if done:
                        break
                message = await waiting
                assert (message.payload, message.properties["event"]) == (LETTER, "new")
                assert message.properties["subject"] == "Träger"
                uid = message.properties["uid"]

                def change() -> None:
                    with imaplib.IMAP4_SSL("localhost", place.ports["imaps"], ssl_context=trusting()) as other:
                        other.login(USER, PASSWORD)
                        other.select()
                        other.uid("STORE", uid, "+FLAGS", "(\\Flagged \\Deleted)")
                        other.expunge()

                await asyncio.to_thread(change)
                events = []
                while "expunged" not in events:
                    message = await anext(heard)
                    events.append(message.properties["event"])
                assert message.properties["uid"] == uid
                await heard.aclose()

    async def test_it_is_probed(self) -> None:
        from netloom.protocols.imap.probe import Facts, probe

        with dovecot() as place:
            await put(place.url("tls", "imap", "/INBOX"), LETTER)
            facts, found = Facts(), Facts()
            async with client(place.url("starttls", "imap")) as (one, _):
                await probe(one, facts)
            async with client(f"imap://localhost:{place.ports['imap']}#tls=never") as (one, _):
                await probe(one, found)
        assert (facts.version, facts.starttls, facts.tls, facts.authenticated) == ("IMAP4rev1", True, True, "PLAIN")
        assert (facts.messages, facts.unseen, facts.server["name"]) == (1, 1, "Dovecot")
        assert facts.summary.startswith("OK IMAP4rev1 · TLS · Dovecot · ")
        assert (found.starttls, found.tls, found.authenticated) == (True, False, "")
        assert set(found.auth) == {"CRAM-MD5", "LOGIN", "PLAIN", "SCRAM-SHA-256"}

    async def test_many_messages(self) -> None:
        """More than one portion, and literals of a megabyte."""
        with dovecot() as place:
            async with client(place.url("tls", "imap", "/INBOX")) as (one, attempt):

                async def body(text: bytes) -> AsyncIterator[bytes]:
                    yield text

                for number in range(230):
                    await one.put(attempt.endpoint.path, body(b"Subject: %d\r\n\r\nx\r\n" % number))
                big = b"Subject: big\r\n\r\n" + b"y" * 76 * 13_000 + b"\r\n"
                await one.put(attempt.endpoint.path, body(big))
                entries = [entry async for entry in one.list("/INBOX")]
                assert [entry.value["subject"] for entry in entries] == [*map(str, range(230)), "big"]
                reply = await one.get("/INBOX")
                assert b"".join([chunk async for chunk in reply.chunks()]) == big


# Our server


@pytest.fixture(params=["memory", "disk"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Mail:
    (tmp_path / "mails").mkdir()
    return Mail() if request.param == "memory" else Mail(tmp_path / "mails")


@pytest.mark.meets(client="imaplib")
@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_imaplib(way: str, mail: Mail) -> None:
    def talk(place: Place) -> None:
        if way == "tls":
            one: Any = imaplib.IMAP4_SSL("localhost", place.ports["imaps"], ssl_context=trusting())
        else:
            one = imaplib.IMAP4("localhost", place.ports["imap"])
            assert "LOGINDISABLED" in one.capabilities
            one.starttls(trusting())
        with one:
            with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
                one.login(USER, "wrong")
            one.login(USER, PASSWORD)
            assert one.select() == ("OK", [b"2"])
            assert one.search(None, "SUBJECT", "parts") == ("OK", [b"2"])
            assert one.search("UTF-8", "SUBJECT", "Träger".encode())[1] == [b"1"]
            assert one.fetch("1", "(RFC822)")[1][0][1] == LETTER
            assert one.fetch("2", "(BODY.PEEK[1])")[1][0][1] == b"first"
            assert b"\\Seen" in one.fetch("1", "(FLAGS)")[1][0]
            assert b"\\Seen" not in one.fetch("2", "(FLAGS)")[1][0]
            kind, appended = one.append(
                "INBOX", "(\\Draft)", '"20-Nov-2026 22:00:00 +0100"', b"Subject: mine\r\n\r\nx\r\n"
            )
            assert (kind, b"APPENDUID" in appended[0]) == ("OK", True)
            assert b'INTERNALDATE "20-Nov-2026 21:00:00 +0000"' in one.fetch("3", "(INTERNALDATE)")[1][0]
            assert one.create("Sent/2026")[0] == "OK"
            assert one.copy("1:2", "Sent/2026")[0] == "OK"
            assert one.status("Sent/2026", "(MESSAGES UNSEEN)")[1] == [b"Sent/2026 (MESSAGES 2 UNSEEN 1)"]
            assert one.create("Sent")[0] == "NO"  # it was made with what is in it
            assert one.store("1,3", "+FLAGS", "(\\Deleted)")[0] == "OK"
            assert one.expunge()[1] == [b"3", b"1"]
            assert one.namespace()[1] == [b'(("" "/")) NIL NIL']
            assert [line.rpartition(b" ")[2] for line in one.list()[1]] == [b"INBOX", b"Sent", b"Sent/2026"]
            assert one.rename("Sent/2026", "Archive")[0] == "OK"
            assert one.delete("Archive")[0] == "OK"
            assert one.close()[0] == "OK"
            assert one.enable("UTF8=ACCEPT")[0] == "OK"
            assert one.create('"Gesät"')[0] == "OK"
            assert one.logout()[0] == "BYE"

    await delivered(mail, LETTER, MULTIPART)
    await with_ours(mail, talk)
    assert await mail.folders("ann").names() == ("INBOX", "Gesät", "Sent")


@pytest.mark.meets(client="IMAPClient")
async def test_imapclient(mail: Mail) -> None:
    def talk(place: Place) -> None:
        with IMAPClient(
            "localhost", place.ports["imaps"], ssl_context=trusting(), timeout=SocketTimeout(10, 60)
        ) as one:
            one.plain_login(USER, PASSWORD)
            assert one.id_({"name": "x"}) == ((b"name", b"netloom"),)
            assert one.folder_exists("INBOX")
            chosen = one.select_folder("INBOX")
            assert chosen[b"EXISTS"] == 2
            first, second = one.search(["NOT", "DELETED"])
            got = one.fetch([first, second], ["ENVELOPE", "BODYSTRUCTURE", "RFC822.SIZE", "INTERNALDATE", "FLAGS"])
            envelope = got[first][b"ENVELOPE"]
            assert (envelope.subject, envelope.message_id) == (b"=?utf-8?b?VHLDpGdlcg==?=", b"<1@example.org>")
            assert envelope.from_[0].mailbox == b"bob"
            assert got[second][b"RFC822.SIZE"] == len(MULTIPART)
            structure = got[second][b"BODYSTRUCTURE"]
            assert structure.is_multipart
            assert [part[1] for part in structure[0]] == [b"plain", b"octet-stream"]
            one.add_flags([first], [b"\\Flagged", b"$work"])
            assert set(one.get_flags([first])[first]) >= {b"\\Flagged", b"$work"}
            one.create_folder("Späne/Holz")
            one.subscribe_folder("Späne/Holz")
            assert [name for _, _, name in one.list_sub_folders()] == ["Späne/Holz"]
            one.move([first], "Späne/Holz")
            assert one.search() == [second]
            assert one.folder_status("Späne/Holz", ["MESSAGES"])[b"MESSAGES"] == 1
            # Somebody else changes the mailbox while this one idles
            one.idle()
            with IMAPClient("localhost", place.ports["imap"], ssl=False) as other:
                other.starttls(trusting())
                other.login(USER, PASSWORD)
                other.append("INBOX", b"Subject: while idle\r\n\r\nx\r\n")
            events: list[Any] = []
            while (2, b"EXISTS") not in events:
                events += one.idle_check(timeout=30)
            one.idle_done()
            one.unselect_folder()

    await delivered(mail, LETTER, MULTIPART)
    await with_ours(mail, talk)
    box = await mail.folders("ann").open("Späne/Holz")
    assert [info.flags for info in await box.list()] == [{"\\Flagged", "$work"}]


@pytest.mark.meets(client="curl")
@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_curl(way: str, mail: Mail, tmp_path: Path) -> None:
    def talk(place: Place) -> None:
        assert curl(place, way, "imap", "/INBOX;MAILINDEX=1") == LETTER
        assert curl(place, way, "imap", "/INBOX;UID=2;SECTION=TEXT") == MULTIPART.partition(b"\r\n\r\n")[2]
        assert curl(place, way, "imap", "/INBOX?SUBJECT%20parts") == b"* SEARCH 2\r\n"
        assert curl(place, way, "imap", "/") == b'* LIST (\\HasNoChildren) "/" INBOX\r\n'
        curl(place, way, "imap", "/INBOX", "-T", str(tmp_path / "new.eml"))
        assert curl(place, way, "imap", "/INBOX", "-X", "STORE 3 +Flags \\Deleted").startswith(b"* 3 FETCH (")
        curl(place, way, "imap", "/INBOX", "-X", "EXPUNGE")
        curl(place, way, "imap", "", "-X", "CREATE Junk")

    (tmp_path / "new.eml").write_bytes(LETTER)
    await delivered(mail, LETTER, MULTIPART)
    await with_ours(mail, talk)
    assert len(await mail.mailbox("ann").list()) == 2
    assert await mail.folders("ann").names() == ("INBOX", "Junk")


@pytest.mark.meets(client="mbsync")
@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_mbsync(way: str, mail: Mail, tmp_path: Path) -> None:
    """Both sides change, and are the same afterwards."""
    here = tmp_path / "here"
    here.mkdir()
    program = need("mbsync", "isync")

    def sync(place: Place) -> None:
        config = tmp_path / "mbsyncrc"
        config.write_text(
            f"IMAPAccount loom\nHost localhost\nPort {place.ports['imaps' if way == 'tls' else 'imap']}\nUser {USER}\n"
            f'PassCmd "cat {tmp_path}/secret"\nSSLType {"IMAPS" if way == "tls" else "STARTTLS"}\n'
            f"CertificateFile {CA}\n\n"
            f"IMAPStore far\nAccount loom\n\n"
            f"MaildirStore near\nPath {here}/\nInbox {here}/INBOX\nSubFolders Verbatim\n\n"
            f"Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n"
        )
        run(program, "-c", config, "-a", env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})

    (tmp_path / "secret").write_text(PASSWORD)
    await delivered(mail, LETTER, MULTIPART)
    await mail.folders("ann").create("Späne/Holz")
    await mail.folders("ann").create("Sent")
    async with ours(mail) as place:
        await asyncio.to_thread(sync, place)
        files = {path: path.read_bytes() for part in ("new", "cur") for path in here.glob(f"INBOX/{part}/*")}
        assert len(files) == 2
        (letter,) = [path for path, text in files.items() if b"hello, loom" in text]
        base = letter.name.partition(":")[0]
        letter.rename(here / "INBOX" / "cur" / f"{base}:2,FS")
        (here / "Sent" / "new" / "1.mine").write_bytes(b"Subject: sent\n\nby hand\n")
        await mail.mailbox("ann").flag(2, ["\\Answered"])
        await asyncio.to_thread(sync, place)
    flags = {info.uid: info.flags for info in await mail.mailbox("ann").list()}
    assert flags == {1: {"\\Seen", "\\Flagged"}, 2: {"\\Answered"}}
    sent = await mail.folders("ann").open("Sent")
    (info,) = await sent.list()
    assert (await sent.fetch(info.uid)).endswith(b"\r\n\r\nby hand\r\n")
    assert any(path.name.endswith(":2,R") for path in here.glob("INBOX/cur/*"))
    assert (here / "Sp&AOQ-ne" / "Holz" / "cur").is_dir()


@pytest.mark.meets(client="fetchmail")
@pytest.mark.parametrize("way", ["plain", "starttls", "tls"])
async def test_fetchmail(way: str, mail: Mail, tmp_path: Path) -> None:
    def talk(place: Place) -> None:
        fetchmail(place, way, "imap", tmp_path)

    await delivered(mail, LETTER, MULTIPART)
    await with_ours(mail, talk)
    text = (tmp_path / "got").read_bytes()
    assert text.count(b"hello, loom") == 1
    assert b"AAEC" in text
    assert await mail.mailbox("ann").list() == (), "it has fetched them"
