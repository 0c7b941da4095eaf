"""The server's side of v3: who is let in, and what the others are told."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.accounts import Account, Accounts, PasswordHash
from netloom.endpoint import Endpoint, Secret
from netloom.errors import RemoteProtocolError
from netloom.protocols.snmp.authority import Authority, Reported, Verified
from netloom.protocols.snmp.engine import COUNTS, Engine
from netloom.protocols.snmp.options import Options
from netloom.wire.snmp import pdu as pdus
from netloom.wire.snmp import usm, v3
from netloom.wire.snmp.usm import User
from netloom.wire.snmp.v3 import AUTH, PRIV, REPORTABLE, Header, Security
from tests.protocols.snmp.lab import ACCOUNTS

PASSWORD = Secret("wonderland")
ALL = AUTH | PRIV | REPORTABLE


class Door:
    """An authority, and messages for it."""

    def __init__(self, accounts: Accounts | None = None, endpoint: str = "", **options: Any) -> None:
        self.engine = Engine("")
        self.accounts = accounts if accounts is not None else Accounts(ACCOUNTS)
        place = Endpoint.parse(endpoint) if endpoint else None
        self.authority = Authority(self.engine, self.accounts, Options(**options), place)

    def message(self, **fields: Any) -> bytes:
        """What a manager sends."""
        about: dict[str, Any] = {"user": b"ann", "password": PASSWORD, "auth": "sha256", "priv": "aes", "flags": ALL}
        about |= fields
        flags, engine = about["flags"], about.get("engine", self.engine.id)
        user = User(about["user"] or b"x", about["auth"], about["password"], about["priv"], about["password"])
        keys = usm.keys(user, engine)
        assert keys is not None
        now = about.get("clock", self.engine.now())
        pdu = pdus.framed(about.get("kind", pdus.GET), 9, 0, 0, b"")
        data, salt = about.get("scoped", v3.emit_scoped(self.engine.id, b"", pdu)), b""
        if flags & PRIV:
            data, salt = usm.encrypt(data, keys, now, 5)
        digest = bytes(keys.digest_size) if flags & AUTH else b""
        made, at = v3.emit(
            Header(7, 65_507, flags), Security(engine, now[0], now[1], about["user"], digest, salt), data
        )
        return usm.signed(made, at, keys) if flags & AUTH else made

    def open(self, data: bytes, *, takes_foreign: bool = False) -> Verified | None:
        return self.authority.open(data, "192.0.2.1", takes_foreign=takes_foreign)

    def refusal(self, data: bytes, **fields: Any) -> str:
        with pytest.raises(Reported) as caught:
            self.open(data, **fields)
        return caught.value.count


class TestLetIn:
    @pytest.mark.parametrize("auth", usm.DIGESTS)
    @pytest.mark.parametrize("priv", usm.CIPHERS)
    async def test_every_pair(self, auth: str, priv: str) -> None:
        door = Door(auth=auth, priv=priv)
        found = door.open(door.message(auth=auth, priv=priv))
        assert found is not None
        assert found.user == "ann"
        assert found.account is ACCOUNTS[0]
        assert found.scoped.pdu == pdus.Pdu(pdus.GET, 9)

    async def test_without_privacy_where_that_is_allowed(self) -> None:
        door = Door(priv="none")
        assert door.open(door.message(flags=AUTH)) is not None
        assert door.refusal(door.message()) == "unsupported_sec_levels"

    async def test_another_password_encrypts(self) -> None:
        door = Door(priv_password=Secret("another one"))
        assert door.refusal(door.message()) == "decryption_errors"

    async def test_who_listens_may_be_named_by_the_endpoint(self) -> None:
        door = Door(Accounts(), "snmptrap://eve:wonderland@h")
        found = door.open(door.message(user=b"eve"))
        assert found is not None
        assert (found.user, found.account) == ("eve", None)


class TestRefused:
    @pytest.mark.parametrize(
        ("fields", "count"),
        [
            ({"engine": b""}, "unknown_engine_ids"),
            ({"engine": b"another engine"}, "unknown_engine_ids"),
            ({"user": b"eve"}, "unknown_user_names"),
            ({"user": b"", "flags": REPORTABLE}, "unknown_user_names"),
            ({"user": b"\xff"}, "unknown_user_names"),
            ({"flags": REPORTABLE}, "unsupported_sec_levels"),
            ({"flags": REPORTABLE | AUTH}, "unsupported_sec_levels"),
            ({"password": Secret("looking-glass")}, "wrong_digests"),
            ({"auth": "sha"}, "wrong_digests"),
            ({"priv": "des"}, "decryption_errors"),
            ({"clock": (1, 151)}, "not_in_time_windows"),
            ({"clock": (2, 0)}, "not_in_time_windows"),
            ({"scoped": b"\x30\x7fjunk"}, "decryption_errors"),
        ],
    )
    async def test_why(self, fields: dict[str, Any], count: str) -> None:
        door = Door()
        data = door.message(**fields)
        assert door.refusal(data) == count

    async def test_whatever_is_altered(self) -> None:
        door = Door()
        good = door.message()
        for at in range(len(good)):
            bad = bytearray(good)
            bad[at] ^= 1
            door.accounts.throttle.succeeded("192.0.2.1")
            try:
                found = door.open(bytes(bad))
            except (Reported, RemoteProtocolError):
                continue
            assert found is None, at

    async def test_an_account_of_which_only_a_hash_is_known(self) -> None:
        door = Door(Accounts([Account(name="ann", password=PasswordHash.of("wonderland", log2_n=4))]))
        assert door.refusal(door.message()) == "unknown_user_names"

    async def test_nobody_where_nothing_is_proven(self) -> None:
        door = Door(auth="none")
        assert door.refusal(door.message()) == "unknown_user_names"

    async def test_another_security_model(self) -> None:
        door = Door()
        data = door.message().replace(b"\x02\x01\x03\x04", b"\x02\x01\x04\x04", 1)
        assert door.open(data) is None
        assert door.engine.counts.unknown_security_models == 1


class TestGuessing:
    async def test_who_guesses_isnt_looked_at_for_a_while(self) -> None:
        door = Door()
        wrong, right = door.message(password=Secret("looking-glass")), door.message()
        for _ in range(3):
            assert door.refusal(wrong) == "wrong_digests"
        assert door.open(wrong) is None
        assert door.open(right) is None, "not even when it is right: otherwise guessing would go on"
        assert door.authority.open(right, "198.51.100.7", takes_foreign=False) is not None

    async def test_being_right_is_being_forgiven(self) -> None:
        door = Door()
        for _ in range(5):
            assert door.refusal(door.message(password=Secret("looking-glass"))) == "wrong_digests"
            assert door.open(door.message()) is not None

    async def test_discovery_isnt_guessing(self) -> None:
        door = Door()
        for _ in range(20):
            assert door.refusal(door.message(engine=b"", user=b"", flags=REPORTABLE)) == "unknown_engine_ids"
        assert door.open(door.message()) is not None


class TestForeignEngines:
    """Who sends a trap vouches for it by its own engine."""

    ENGINE = b"\x80\0\0\0\x05trapper"

    async def test_a_trap(self) -> None:
        door = Door()
        data = door.message(engine=self.ENGINE, flags=AUTH | PRIV, clock=(7, 1000), kind=pdus.TRAP)
        assert door.refusal(data) == "unknown_engine_ids"
        found = door.open(data, takes_foreign=True)
        assert found is not None
        assert found.scoped.pdu.kind == pdus.TRAP

    async def test_an_old_one_is_played_again(self) -> None:
        door = Door()
        old, new = [
            door.message(engine=self.ENGINE, flags=AUTH | PRIV, clock=(7, at)) for at in (1000, 2000)
        ]  # fmt: skip
        assert door.open(old, takes_foreign=True)
        assert door.open(new, takes_foreign=True)
        assert door.refusal(old, takes_foreign=True) == "not_in_time_windows"

    async def test_what_wants_an_answer_goes_to_our_own(self) -> None:
        door = Door()
        assert door.refusal(door.message(engine=self.ENGINE), takes_foreign=True) == "unknown_engine_ids"
        assert door.refusal(door.message(engine=b"abcd", flags=3), takes_foreign=True) == "unknown_engine_ids"


class TestReports:
    async def test_who_we_are(self) -> None:
        door = Door()
        data = door.message(engine=b"", user=b"", flags=REPORTABLE)
        answer = door.authority.report(data, Reported("unknown_engine_ids"))
        assert answer is not None
        found = v3.parse(answer)
        assert (found.header.msg_id, found.header.flags) == (7, 0)
        assert found.security.engine_id == door.engine.id
        scoped = v3.parse_scoped(found.data)
        assert scoped.pdu.request_id == 9
        (bind,) = scoped.pdu.varbinds
        assert (bind.oid, bind.value) == (COUNTS["unknown_engine_ids"], 1)
        assert door.engine.counts.unknown_engine_ids == 1

    async def test_the_time_is_signed(self) -> None:
        door = Door()
        data = door.message(clock=(1, 1000))
        with pytest.raises(Reported) as caught:
            door.open(data)
        answer = door.authority.report(data, caught.value)
        assert answer is not None
        found = v3.parse(answer)
        assert found.header.flags == AUTH
        assert caught.value.keys is not None
        assert usm.is_signed(answer, found.auth_at, found.security.auth, caught.value.keys)

    async def test_none_to_who_doesnt_want_any(self) -> None:
        door = Door()
        data = door.message(flags=AUTH | PRIV, password=Secret("looking-glass"))
        assert door.authority.report(data, Reported("wrong_digests")) is None
        assert door.engine.counts.wrong_digests == 1
