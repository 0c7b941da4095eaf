"""Mailboxes at the server: made, renamed, counted, appended to."""

from __future__ import annotations

import pytest

from netloom.contents.mail import Limits, Mail
from netloom.wire.imap import mutf7
from tests.protocols.imap.lab import LETTER, OPEN, Lab


async def test_select_tells_what_there_is() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, LETTER)
        await lab.mail.mailbox("ann").flag(1, ["\\Seen", "work"])
        raw = await lab.ann()
        lines = await raw.say("SELECT INBOX")
        assert lines[:4] == [
            b"* FLAGS (\\Answered \\Deleted \\Draft \\Flagged \\Seen $Forwarded work)",
            b"* 2 EXISTS",
            b"* 2 RECENT",
            b"* OK [UNSEEN 2] the first unseen",
        ]
        assert any(line.startswith(b"* OK [UIDNEXT 3]") for line in lines)
        assert any(b"[PERMANENTFLAGS ($Forwarded \\*" in line for line in lines)
        assert lines[-1].startswith(b"OK [READ-WRITE]")
        assert b"* 0 RECENT" in await raw.say("SELECT inbox"), "they were told of"
        lines = await raw.say("EXAMINE INBOX")
        assert lines[-1].startswith(b"OK [READ-ONLY]")
        assert b"* OK [PERMANENTFLAGS ()] these stay" in lines


async def test_what_cant_be_selected_leaves_nothing_selected() -> None:
    async with Lab() as lab:
        raw = await lab.ann("SELECT INBOX")
        assert (await raw.end("SELECT nope")).startswith(b"NO [NONEXISTENT]")
        assert await raw.kinds("FETCH 1 UID") == ["BAD"]


async def test_folders() -> None:
    async with Lab() as lab:
        raw = await lab.ann()
        assert await raw.kinds(
            "CREATE a/b/c", "CREATE a/b/", "CREATE INBOX", "CREATE inbox", 'CREATE ""', "CREATE a//b"
        ) == [
            "OK",
            "NO",
            "NO",
            "NO",
            "NO",
            "NO",
        ]
        assert (await raw.end("CREATE a")).startswith(b"NO [ALREADYEXISTS]")
        assert (await raw.end("CREATE a*")).startswith(b"BAD"), "a wildcard is no name"
        assert (await raw.end('CREATE "a*"')).startswith(b"NO [CANNOT]")
        assert await lab.mail.folders("ann").names() == ("INBOX", "a", "a/b", "a/b/c")
        assert await raw.kinds("RENAME a/b x/y", "RENAME nope z", "RENAME x x/z", "RENAME a INBOX") == [
            "OK",
            "NO",
            "NO",
            "NO",
        ]
        assert await lab.mail.folders("ann").names() == ("INBOX", "a", "x", "x/y", "x/y/c")
        assert await raw.kinds("DELETE x/y", "DELETE x/y", "DELETE INBOX", "DELETE nope") == ["OK", "NO", "NO", "NO"]
        assert (await raw.end("DELETE x/y")).startswith(b"NO [HASCHILDREN]"), "what is below it stays"
        assert await lab.mail.folders("ann").names() == ("INBOX", "a", "x", "x/y/c")


async def test_a_mailbox_made_anew_has_a_new_validity() -> None:
    async with Lab() as lab:
        raw = await lab.ann("CREATE x")
        first = (await raw.say("STATUS x (UIDVALIDITY)"))[0]
        assert await raw.kinds("DELETE x", "CREATE x") == ["OK", "OK"]
        second = (await raw.say("STATUS x (UIDVALIDITY)"))[0]
        assert int(second.rstrip(b")").split()[-1]) > int(first.rstrip(b")").split()[-1])
        assert await raw.kinds("RENAME x y") == ["OK"]
        assert (await raw.say("STATUS y (UIDVALIDITY)"))[0].replace(b" y ", b" x ") == second, "it goes along"


async def test_inbox_renamed_stays_and_is_empty() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, LETTER)
        raw = await lab.ann("RENAME INBOX old/mail")
        assert (await raw.say("STATUS INBOX (MESSAGES)"))[0] == b"* STATUS INBOX (MESSAGES 0)"
        assert (await raw.say("STATUS old/mail (MESSAGES)"))[0] == b"* STATUS old/mail (MESSAGES 2)"


async def test_counts() -> None:
    async with Lab() as lab:
        await lab.letters(LETTER, LETTER, LETTER)
        await lab.mail.mailbox("ann").flag(1, ["\\Seen", "\\Deleted"])
        raw = await lab.ann()
        asked = "STATUS INBOX (MESSAGES UNSEEN DELETED SIZE RECENT UIDNEXT APPENDLIMIT)"
        assert (await raw.say(asked))[0] == (
            b"* STATUS INBOX (MESSAGES 3 UNSEEN 2 DELETED 1 SIZE %d RECENT 3 UIDNEXT 4 APPENDLIMIT %d)"
            % (3 * len(LETTER), 25 << 20)
        )
        assert await raw.kinds("STATUS nope (MESSAGES)") == ["NO"]


async def test_lists() -> None:
    async with Lab() as lab:
        raw = await lab.ann("CREATE Sent", "CREATE a/b", "SUBSCRIBE a/b", "SUBSCRIBE gone", "SUBSCRIBE INBOX")
        assert await raw.say('LIST "" ""') == [b'* LIST (\\Noselect) "/" ""', b"OK that is the separator"]
        assert (await raw.say('LIST "" %'))[:-1] == [
            b'* LIST (\\HasNoChildren) "/" INBOX',
            b'* LIST (\\HasNoChildren \\Sent) "/" Sent',
            b'* LIST (\\HasChildren) "/" a',
        ]
        assert (await raw.say("LIST a/ %"))[:-1] == [b'* LIST (\\HasNoChildren) "/" a/b']
        assert (await raw.say('LSUB "" *'))[:-1] == [
            b'* LSUB (\\HasNoChildren) "/" INBOX',
            b'* LSUB (\\HasNoChildren) "/" a/b',
            b'* LSUB (\\NonExistent \\Noselect \\HasNoChildren) "/" gone',
        ]
        assert b'* LSUB (\\Noselect) "/" a' in await raw.say('LSUB "" %')
        assert (await raw.say('LIST (SPECIAL-USE) "" *'))[:-1] == [b'* LIST (\\HasNoChildren \\Sent) "/" Sent']
        assert (await raw.say('LIST (SUBSCRIBED RECURSIVEMATCH) "" %'))[:-1] == [
            b'* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
            b'* LIST (\\HasChildren) "/" a ("CHILDINFO" ("SUBSCRIBED"))',
            b'* LIST (\\NonExistent \\Noselect \\HasNoChildren \\Subscribed) "/" gone',
        ]
        assert (await raw.say('LIST "" (INBOX a/*) RETURN (SUBSCRIBED STATUS (MESSAGES))'))[:-1] == [
            b'* LIST (\\HasNoChildren \\Subscribed) "/" INBOX',
            b"* STATUS INBOX (MESSAGES 0)",
            b'* LIST (\\HasNoChildren \\Subscribed) "/" a/b',
            b"* STATUS a/b (MESSAGES 0)",
        ]
        assert await raw.kinds("UNSUBSCRIBE a/b", "UNSUBSCRIBE never") == ["OK", "OK"]
        assert (await raw.say("NAMESPACE"))[0] == b'* NAMESPACE (("" "/")) NIL NIL'


@pytest.mark.parametrize("name", ["été", "台北/日本語", "a&b", "a b", "~x", "a.b", 'q"q', "INBOX/sub"])
async def test_names_of_all_kinds(name: str) -> None:
    async with Lab() as lab:
        raw = await lab.ann()
        said = b'"' + mutf7.encode(name).replace(b'"', b'\\"') + b'"'
        assert (await raw.end(b"CREATE " + said)).startswith(b"OK")
        assert name in await lab.mail.folders("ann").names()
        listed = b"\n".join(await raw.say('LIST "" *'))
        assert said in listed or said.strip(b'"') in listed
        assert (await raw.end(b"SELECT " + said)).startswith(b"OK")


async def test_append() -> None:
    async with Lab() as lab:
        raw = await lab.ann("SELECT INBOX")
        await raw.send(
            b'a APPEND INBOX (\\Seen work \\Recent) "17-Jul-1996 02:44:25 -0700" {4+}\r\na\nb\n {2+}\r\nhi\r\n'
        )
        lines = await raw.until("a")
        assert lines[0] == b"* 2 EXISTS"
        assert b"[APPENDUID" in lines[-1]
        assert lines[-1].split(b"]")[0].endswith(b" 1:2")
        assert (await raw.say("FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])"))[0] == (
            b'* 1 FETCH (FLAGS (\\Recent \\Seen work) INTERNALDATE "17-Jul-1996 09:44:25 +0000" '
            b"BODY[] {6}\r\na\r\nb\r\n)"
        )
        assert (await raw.end(b"APPEND nope {1+}\r\nx")).startswith(b"NO [TRYCREATE]")
        assert (await raw.end(b"APPEND INBOX (\\Odd) {1+}\r\nx")).startswith(b"NO [CANNOT]")
        assert (await raw.end(b"APPEND INBOX UTF8 (~{1+}\r\nx)")).startswith(b"BAD")
        assert await raw.kinds("ENABLE UTF8=ACCEPT") == ["OK"]
        assert (await raw.end(b"APPEND INBOX UTF8 (~{1+}\r\nx)")).startswith(b"OK")


async def test_limits() -> None:
    async with Lab(OPEN, mail=Mail(limits=Limits(messages=2, folders=2, keywords=1))) as lab:
        raw = await lab.ann("CREATE a", "CREATE b")
        assert (await raw.end("CREATE c")).startswith(b"NO [LIMIT]")
        assert (await raw.end("RENAME a x/y")).startswith(b"NO [LIMIT]")
        for kind in (b"OK", b"OK", b"NO [LIMIT]"):
            assert (await raw.end(b"APPEND INBOX {1+}\r\nx")).startswith(kind)
        assert (await raw.end(b"APPEND a {1+}\r\nx {1+}\r\ny {1+}\r\nz")).startswith(b"NO [LIMIT]")
        assert (await raw.say("STATUS a (MESSAGES)"))[0] == b"* STATUS a (MESSAGES 0)", "all or none"
        assert await raw.kinds("SELECT INBOX", "STORE 1 +FLAGS (one)", "STORE 1 +FLAGS (ONE)") == ["OK", "OK", "OK"]
        assert (await raw.end("STORE 1 +FLAGS (two)")).startswith(b"NO [LIMIT]")
