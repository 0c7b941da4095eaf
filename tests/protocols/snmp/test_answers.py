"""What a response says in plain values, and how a "no" is raised."""

from __future__ import annotations

import pytest

from netloom.errors import PeerRefused, RemoteProtocolError, Unauthenticated
from netloom.protocols.snmp.answers import Shown, raise_for, raw, same_objects
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp.mibs import standard
from netloom.wire.snmp.pdu import Pdu
from netloom.wire.snmp.values import INTEGER, NO_SUCH_INSTANCE, OBJECT, OCTETS, TIME_TICKS, Varbind

NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
STATUS = (1, 3, 6, 1, 2, 1, 2, 2, 1, 8, 1)
SHOWN = Shown(standard())


class TestReplies:
    def test_one_by_itself(self) -> None:
        reply = SHOWN.reply([Varbind(STATUS, INTEGER, 1)], "2c", several=False)
        assert reply.value == "up"
        assert reply.meta == {
            "name": "ifOperStatus.1", "oid": "1.3.6.1.2.1.2.2.1.8.1", "type": "Integer32", "raw": 1, "version": "2c",
        }  # fmt: skip

    def test_several_by_their_names(self) -> None:
        found = [Varbind(NAME, OCTETS, b"here"), Varbind(UPTIME, TIME_TICKS, 100), Varbind(STATUS, NO_SUCH_INSTANCE)]
        reply = SHOWN.reply(found, "2c", several=True)
        assert reply.value == {"sysName.0": "here", "sysUpTime.0": "0:00:01.00", "ifOperStatus.1": None}
        assert reply.meta["types"]["ifOperStatus.1"] == "noSuchInstance"
        assert reply.meta["raw"] == {"sysName.0": "68657265", "sysUpTime.0": 100, "ifOperStatus.1": None}

    def test_as_numbers(self) -> None:
        reply = Shown(standard(), numeric=True).reply([Varbind(NAME, OBJECT, UPTIME)] * 2, "1", several=True)
        assert reply.value == {"1.3.6.1.2.1.1.5.0": "1.3.6.1.2.1.1.3.0"}

    def test_nothing_at_all(self) -> None:
        with pytest.raises(PeerRefused, match=r"ifOperStatus\.1: noSuchInstance") as caught:
            SHOWN.reply([Varbind(STATUS, NO_SUCH_INSTANCE)], "2c", several=False)
        assert caught.value.code == "noSuchInstance"

    def test_entries(self) -> None:
        entry = SHOWN.entry(Varbind(NAME, OCTETS, b"here"))
        assert (entry.name, entry.path, entry.kind, entry.size, entry.value) == (
            "sysName.0", "1.3.6.1.2.1.1.5.0", "OctetString", 4, "here",
        )  # fmt: skip

    def test_bare_values(self) -> None:
        assert [raw(value) for value in ((1, 3), b"\xff", 5, None)] == ["1.3", "ff", 5, None]


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "kind", "code"),
        [
            (pdus.NO_SUCH_NAME, PeerRefused, "noSuchName"),
            (pdus.AUTHORIZATION_ERROR, Unauthenticated, "authorizationError"),
            (pdus.NO_ACCESS, Unauthenticated, "noAccess"),
            (99, PeerRefused, "error 99"),
        ],
    )
    def test_statuses(self, status: int, kind: type[PeerRefused], code: str) -> None:
        with pytest.raises(kind) as caught:
            raise_for(Pdu(pdus.RESPONSE, 1, status, 2, (Varbind(NAME), Varbind(UPTIME))), (NAME, UPTIME), SHOWN)
        assert caught.value.code == code
        assert caught.value.text == "sysUpTime.0"
        assert type(caught.value) is kind

    @pytest.mark.parametrize("index", [0, 7])
    def test_about_nothing_in_particular(self, index: int) -> None:
        with pytest.raises(PeerRefused) as caught:
            raise_for(Pdu(pdus.RESPONSE, 1, pdus.TOO_BIG, index), (NAME,), SHOWN)
        assert caught.value.message == "sysName.0: tooBig"
        assert "amplify" in caught.value.hint

    def test_none(self) -> None:
        raise_for(Pdu(pdus.RESPONSE, 1), (NAME,), SHOWN)


@pytest.mark.parametrize("binds", [(), (Varbind(UPTIME),), (Varbind(NAME), Varbind(NAME))])
def test_an_answer_about_something_else(binds: tuple[Varbind, ...]) -> None:
    with pytest.raises(RemoteProtocolError):
        same_objects(Pdu(pdus.RESPONSE, 1, varbinds=binds), (NAME,))
    assert same_objects(Pdu(pdus.RESPONSE, 1, varbinds=(Varbind(NAME),)), (NAME,)) == (Varbind(NAME),)
