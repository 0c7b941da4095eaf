"""DNS: updates in words, as dnspython would build them."""

from __future__ import annotations

import dns.message
import dns.update
import pytest

from netloom.errors import LocalProtocolError
from netloom.wire.dns.message import emit
from netloom.wire.dns.names import from_text
from netloom.wire.dns.update import update

ZONE = from_text("example.com")


def test_every_kind_of_line_is_what_dnspython_would_send() -> None:
    made = update(
        ZONE,
        """
        ; a comment
        prereq yxdomain www.example.com
        prereq nxdomain new.example.com
        prereq yxrrset www.example.com A
        prereq yxrrset mail.example.com A 192.0.2.25
        prereq nxrrset www.example.com MX
        update add new.example.com 300 IN A 192.0.2.7
        add @ 60 TXT "a b" "c"
        delete old.example.com
        delete www.example.com AAAA
        del www.example.com A 192.0.2.80
        # the end
        send
        """,
    )
    want = dns.update.UpdateMessage("example.com")
    want.present("www")
    want.absent("new")
    want.present("www", "A")
    want.present("mail", "A", "192.0.2.25")
    want.absent("www", "MX")
    want.add("new", 300, "A", "192.0.2.7")
    want.add("@", 60, "TXT", '"a b" "c"')
    want.delete("old")
    want.delete("www", "AAAA")
    want.delete("www", "A", "192.0.2.80")
    ours, theirs = dns.message.from_wire(emit(made)), dns.message.from_wire(want.to_wire())
    assert isinstance(ours, dns.update.UpdateMessage)
    assert ours.opcode() == theirs.opcode()
    for section in range(4):
        assert list(map(str, ours.sections[section])) == list(map(str, theirs.sections[section]))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "nothing"),
        ("# only a comment", "nothing"),
        ("prereq yxdomain a.", "nothing"),
        ("add", "line 1"),
        ("\nadd www.example.com A 192.0.2.1", "line 2"),
        ("add www.example.com 300 A", "line 1"),
        ("add www.example.com 4294967296 A 192.0.2.1", "TTL"),
        ("add www.example.com 300 A nonsense", "line 1"),
        ("add a..b 300 A 192.0.2.1", "empty label"),
        ("add www.example.com 300 AA 192.0.2.1", "type"),
        ("remove www.example.com", "no update"),
        ("delete", "no update"),
        ("prereq yxdomain www.example.com A\ndelete x.", "prereq"),
        ("prereq nxrrset www.example.com A 192.0.2.1\ndelete x.", "prereq"),
        ("prereq yxrrset www.example.com\ndelete x.", "prereq"),
        ("update", "no update"),
    ],
)
def test_what_is_no_update(lines: str, words: str) -> None:
    with pytest.raises(LocalProtocolError, match=words):
        update(ZONE, lines)
