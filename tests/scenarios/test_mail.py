"""One content behind SMTP, IMAP and POP3: mail that is sent is read, searched, and removed, in memory and on a disk."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import mailbox
import poplib
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from netloom.accounts import Account, Accounts
from netloom.contents.mail import Mail
from netloom.endpoint import Endpoint, Secret
from netloom.links.authority import Authority
from netloom.records import Message
from netloom.serving import Serving
from netloom.toolbox import Toolbox
from tests.interop.peers import READY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from netloom.records import Record

PASSWORDS = {"ann": "w4rp & weft", "bob": "sh:uttle"}
SCHEMES = ("smtp", "smtps", "imap", "imaps", "pop3", "pop3s")
AUTHORITY = Authority.create()


@pytest.fixture(params=["memory", "maildir"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Mail:
    (tmp_path / "mails").mkdir()
    return Mail() if request.param == "memory" else Mail(tmp_path / "mails")


class House:
    """Where the servers are, and how one gets there."""

    def __init__(self, ports: dict[str, int], ca: Path) -> None:
        self.ports = ports
        self.ca = ca
        self.tls = ssl.create_default_context(cafile=str(ca))

    def url(self, scheme: str, user: str, place: str = "", options: str = "") -> str:
        known = f"{user}:{quote(PASSWORDS[user], safe='')}@" if user else ""
        return f"{scheme}://{known}localhost:{self.ports[scheme]}{place}#ca={self.ca}{options}"

    @contextlib.asynccontextmanager
    async def client(self, url: str) -> AsyncIterator[tuple[Any, str]]:
        """Our client, and the path; whatever goes wrong is raised."""
        attempt = Toolbox(_nowhere).attempt(Endpoint.parse(url), READY)
        async with attempt:
            yield attempt.client, attempt.endpoint.path
        if attempt.error is not None:
            raise attempt.error

    async def get(self, url: str) -> bytes:
        async with self.client(url) as (client, path):
            return b"".join([chunk async for chunk in (await client.get(path)).chunks()])

    async def list(self, url: str) -> list[Any]:
        async with self.client(url) as (client, path):
            return [entry async for entry in client.list(path)]


async def _nowhere(record: Record) -> None:
    raise AssertionError(record)


@contextlib.asynccontextmanager
async def served(mail: Mail, folder: Path) -> AsyncIterator[House]:
    ca = folder / "ca.pem"
    ca.write_bytes(AUTHORITY.certificate_pem)
    accounts = Accounts([Account(name=name, password=Secret(word)) for name, word in PASSWORDS.items()])
    endpoints = [Endpoint.parse(f"{scheme}://127.0.0.1:0") for scheme in SCHEMES]
    async with Serving(endpoints, [mail], accounts, authority=AUTHORITY) as serving:
        yield House({endpoint.scheme: endpoint.port or 0 for endpoint in serving.endpoints}, ca)


def letter() -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "Bob <bob@example.org>", "ann@example.org, bob@example.org", "Schäfte"
    made["Message-ID"], made["Date"] = "<1@example.org>", "Fri, 20 Nov 2026 22:00:00 +0000"
    made.set_content("Warp\n.\nand weft.\n")
    made.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream", filename="all.bin")
    made.set_boundary("loom")
    return made


async def test_ours(mail: Mail, tmp_path: Path) -> None:
    """Sent by SMTP to two; one hears of it by IMAP at once, the other fetches it by POP3, and both have the same."""
    sent = bytes(letter())
    async with served(mail, tmp_path) as house:
        async with (
            house.client(house.url("imap", "ann", "/INBOX")) as (client, path),
            contextlib.aclosing(client.listen(path)) as heard,
        ):
            hearing = asyncio.ensure_future(anext(heard))
            while not hearing.done():  # the first may be there before somebody listens
                async with house.client(house.url("smtp", "bob")) as (sender, _):
                    reply = await sender.send(Message(payload=sent))
                assert len(reply.meta["recipients"]) == 2
                await asyncio.wait({hearing}, timeout=1)
            found = hearing.result()
            assert found.properties["subject"] == "Schäfte"
            assert found.payload.endswith(sent)
        text = await house.get(house.url("imaps", "ann", "/INBOX/;UID=1/;SECTION=1"))
        assert text == b"Warp\r\n.\r\nand weft.\r\n"
        assert (await house.get(house.url("pop3", "bob", "/1"))).endswith(sent)
        first = (await house.list(house.url("imap", "bob", "/INBOX")))[0]
        assert first.value["subject"] == "Schäfte"
        assert "\\Seen" in first.value["flags"], "bob has read it by POP3"
        await house.get(house.url("pop3s", "bob", "/1", ",delete"))
        left = await house.list(house.url("imap", "bob", "/INBOX?search=ALL"))
        assert first.name not in [entry.name for entry in left]
        assert (await house.list(house.url("pop3", "ann")))[0].value["subject"] == "Schäfte", "ann's stays"


async def test_the_standard_librarys(mail: Mail, tmp_path: Path) -> None:
    made = letter()

    def send(house: House) -> None:
        with smtplib.SMTP("localhost", house.ports["smtp"]) as one:
            one.starttls(context=house.tls)
            one.login("bob", PASSWORDS["bob"])
            assert one.send_message(made) == {}

    def read(house: House) -> None:
        with imaplib.IMAP4_SSL("localhost", house.ports["imaps"], ssl_context=house.tls) as imap:
            one: Any = imap
            one.login("ann", PASSWORDS["ann"])
            assert one.select() == ("OK", [b"1"])
            assert one.search(None, "BODY", '"and weft"')[1] == [b"1"]
            assert one.fetch("1", "(BODY.PEEK[])")[1][0][1].endswith(bytes(made))
            one.create("Kept")
            one.copy("1", "Kept")
            one.store("1", "+FLAGS", "(\\Flagged)")
            # A POP3 session of the same account, while this one stands
            pop = poplib.POP3("localhost", house.ports["pop3"])
            pop.stls(house.tls)
            pop.user("ann")
            pop.pass_(PASSWORDS["ann"])
            assert b"\r\n".join(pop.retr(1)[1]).endswith(bytes(made).rstrip(b"\r\n"))
            assert one.store("1", "+FLAGS", "(\\Deleted)")[0] == "OK"
            assert one.expunge()[0] == "NO", "nobody removes what a POP3 session has numbered"
            pop.dele(1)
            pop.quit()
            assert one.noop()[0] == "OK"
            assert one.response("EXPUNGE")[1] == [b"1"]
            assert one.select("Kept") == ("OK", [b"1"])

    async with served(mail, tmp_path) as house:
        await asyncio.to_thread(send, house)
        await asyncio.to_thread(read, house)
        assert [len(await mail.mailbox(name).list()) for name in ("ann", "bob")] == [0, 1]


async def test_many_at_once(mail: Mail, tmp_path: Path) -> None:
    """Four send, two readers take turns in removing: nothing is lost, and nothing comes twice."""
    each, senders = 25, 4
    seen: list[bytes] = []

    async with served(mail, tmp_path) as house:

        async def send(number: int) -> None:
            async with house.client(house.url("smtp", "bob", "/ann@example.org")) as (client, _):
                for at in range(each):
                    await client.send(Message(payload=b"Subject: %d\r\n\r\n%d/%d\r\n" % (number, number, at)))

        async def read() -> None:
            async with house.client(house.url("imap", "ann", "/INBOX")) as (client, path):
                while len(seen) < each * senders:
                    uids = [info.uid for info in await mail.mailbox("ann").list()]
                    assert uids == sorted(set(uids))
                    for entry in [entry async for entry in client.list(path)][:10]:
                        reply = await client.get(entry.path)
                        text = b"".join([chunk async for chunk in reply.chunks()])
                        seen.append(text.rpartition(b"\r\n\r\n")[2])
                        await mail.mailbox("ann").expunge([int(entry.name)])

        async with asyncio.timeout(READY), asyncio.TaskGroup() as group:
            for number in range(senders):
                group.create_task(send(number))
            group.create_task(read())
    assert sorted(seen) == sorted(b"%d/%d\r\n" % (number, at) for number in range(senders) for at in range(each))


async def flags(house: House) -> dict[str, set[str]]:
    """The flags in ann's INBOX, but for what is only the session's."""
    entries = await house.list(house.url("imap", "ann", "/INBOX"))
    return {entry.name: set(entry.value.get("flags", "").split()) - {"\\Recent"} for entry in entries}


async def test_over_a_restart(tmp_path: Path) -> None:
    """UIDs, flags and folders on a disk; other programs read the same Maildir."""
    root = tmp_path / "mails"
    root.mkdir()
    async with served(Mail(root), tmp_path) as house:
        async with house.client(house.url("smtp", "bob", "/ann@example.org")) as (client, _):
            for _ in range(3):
                await client.send(Message(payload=bytes(letter())))
        await house.get(house.url("pop3", "ann", "/2", ",delete"))
        await house.get(house.url("imap", "ann", "/INBOX/;UID=3", ",peek=no"))
        before = {
            entry.name: entry.value.get("flags", "") for entry in await house.list(house.url("imap", "ann", "/INBOX"))
        }
        uids = [entry.value["uid"] for entry in await house.list(house.url("pop3", "ann"))]
    async with served(Mail(root), tmp_path) as house:
        after = {
            entry.name: entry.value.get("flags", "") for entry in await house.list(house.url("imap", "ann", "/INBOX"))
        }
        assert list(after) == ["1", "3"]
        assert "\\Seen" in after["3"]
        assert {name: flags.replace("\\Recent", "").strip() for name, flags in before.items()} == {
            name: flags.replace("\\Recent", "").strip() for name, flags in after.items()
        }
        assert [entry.value["uid"] for entry in await house.list(house.url("pop3", "ann"))] == uids
    kept = mailbox.Maildir(root / "ann", create=False)
    assert sorted(message.get_flags() for message in kept) == ["", "S"]
    assert {str(message["Message-ID"]) for message in kept} == {"<1@example.org>"}
    kept.close()
