from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.accounts import NONE, READS, WRITES, Account, Accounts, PasswordHash, Right
from netloom.endpoint import Secret
from netloom.errors import UsageError
from netloom.throttle import Throttle

if TYPE_CHECKING:
    from pathlib import Path

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB2bRZ6cKTmiBBkkaVBuXuFZxQAeFIPeuHmLfI6cGkpD ann@home"
CANARY = "c4n4ry-Wx7"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def quick(password: str) -> PasswordHash:
    return PasswordHash.of(password, log2_n=4)


class TestTexts:
    def test_reads_and_writes(self) -> None:
        ann = Account.parse("ann:secret")
        assert ann == Account(name="ann", password=Secret("secret"), rights=WRITES)

    def test_only_reads(self) -> None:
        assert Account.parse("ann:secret:read").rights == READS

    def test_percent_decoded(self) -> None:
        ann = Account.parse("a%3An:p%3Aq%25%C3%A9")
        assert ann.name == "a:n"
        assert ann.password == Secret("p:q%é")

    @pytest.mark.parametrize("text", ["ann", "ann:", "ann::read"])
    def test_without_password(self, text: str) -> None:
        ann = Account.parse(text)
        assert ann.password is None
        assert not ann.has_credentials
        assert ann.with_password(Secret("x")).has_credentials

    @pytest.mark.parametrize("text", ["", ":secret", "a:b:read:c", "a:b:c", "a:%zz", "a%0d:b", "x" * 256])
    def test_mistakes(self, text: str) -> None:
        with pytest.raises(UsageError):
            Account.parse(text)

    def test_a_password_with_a_colon_is_not_repeated(self) -> None:
        with pytest.raises(UsageError) as caught:
            Account.parse(f"ann:x:{CANARY}")
        assert CANARY not in f"{caught.value} {caught.value.hint} {caught.value.text}"

    def test_the_column_of_a_bad_percent(self) -> None:
        with pytest.raises(UsageError) as caught:
            Account.parse("ann:a%2")
        assert caught.value.column == 5

    def test_twice(self) -> None:
        with pytest.raises(UsageError, match="twice"):
            Accounts.from_texts(["ann:a", "ann:b"])

    def test_secrets_are_not_shown(self) -> None:
        accounts = Accounts.from_texts([f"ann:{CANARY}"])
        assert CANARY not in repr(list(accounts))
        assert CANARY not in repr(quick(CANARY))


class TestPasswordHash:
    @given(st.text(max_size=30))
    def test_round_trip(self, password: str) -> None:
        known = PasswordHash.parse(str(quick(password)))
        assert known.matches(password)
        assert not known.matches(password + "x")

    def test_salted(self) -> None:
        assert quick("a") != quick("a")

    @pytest.mark.parametrize(
        "text",
        [
            "", "scrypt$", "bcrypt$4$8$1$AAAAAAAAAAAAAAAA$AA", "scrypt$30$8$1$AAAAAAAAAAAAAAAA$" + "A" * 43,
            "scrypt$4$99$1$AAAAAAAAAAAAAAAA$" + "A" * 43, "scrypt$4$8$1$AA$" + "A" * 43,
            "scrypt$4$8$1$AAAAAAAAAAAAAAAA$AAAA",
            "scrypt$4$8$1$!!!!AAAAAAAAAAAA$" + "A" * 43, "scrypt$4$8$1$AAAAAAAAAAAAAAAA$" + "A" * 43 + "$x",
        ],
    )  # fmt: skip
    def test_mistakes(self, text: str) -> None:
        with pytest.raises(UsageError):
            PasswordHash.parse(text)

    @given(st.text())
    def test_any_text_is_refused_politely(self, text: str) -> None:
        with pytest.raises(UsageError):
            PasswordHash.parse("scrypt$" + text)


class TestVerify:
    @pytest.mark.parametrize("password", [Secret("right"), quick("right")])
    def test_right_wrong_and_unknown(self, password: Secret | PasswordHash) -> None:
        ann = Account(name="ann", password=password)
        accounts = Accounts([ann])
        assert accounts.verify("ann", "right") is ann
        assert accounts.verify("ann", Secret("right")) is ann
        assert accounts.verify("ann", "wrong") is None
        assert accounts.verify("ann", "") is None
        assert accounts.verify("bob", "right") is None

    def test_no_password_means_no_password_login(self) -> None:
        accounts = Accounts([Account(name="ann", keys=(KEY,))])
        for guess in ("", "\0", "None"):
            assert accounts.verify("ann", guess) is None

    def test_a_lone_surrogate_is_only_wrong(self) -> None:
        assert Accounts.from_texts(["ann:x"]).verify("ann", "\ud800") is None

    @pytest.mark.parametrize("name", ["hashed", "clear", "unknown"])
    def test_every_attempt_hashes_once(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        accounts = Accounts([Account(name="hashed", password=quick("a")), Account(name="clear", password=Secret("a"))])
        calls: list[str] = []
        original = PasswordHash.matches

        def counted(self: PasswordHash, password: str) -> bool:
            calls.append(name)
            return original(self, password)

        monkeypatch.setattr(PasswordHash, "matches", counted)
        accounts.verify(name, "guess")
        assert calls == [name]

    def test_tokens(self) -> None:
        ann = Account(name="ann", tokens=(Secret("t1"), Secret("t2")))
        accounts = Accounts([Account(name="bob", tokens=(Secret("t3"),)), ann])
        assert accounts.verify_token("t1") is ann
        assert accounts.verify_token("t2", "ann") is ann
        assert accounts.verify_token("t2", "bob") is None
        assert accounts.verify_token("") is None

    def test_keys(self) -> None:
        ann = Account(name="ann", keys=(KEY,))
        accounts = Accounts([ann, Account(name="bob", password=Secret("x"))])
        assert accounts.verify_key("ann", KEY.rsplit(" ", 1)[0] + " other comment") is ann
        assert accounts.verify_key("bob", KEY) is None
        assert accounts.verify_key("nobody", KEY) is None
        assert accounts.verify_key("ann", KEY.replace("IB2b", "IB2c")) is None
        assert accounts.verify_key("ann", "nonsense") is None

    @pytest.mark.parametrize(
        "line", ["", "ssh-ed25519", "ssh-rsa " + KEY.split()[1], "ssh-ed25519 !!", f'command="x" {KEY}']
    )
    def test_key_lines_that_are_none(self, line: str) -> None:
        with pytest.raises(UsageError):
            Account(name="ann", keys=(line,))

    def test_the_secret_where_it_is_known(self) -> None:
        accounts = Accounts([Account(name="a", password=Secret("s")), Account(name="b", password=quick("s"))])
        assert accounts.secret_of("a") == Secret("s")
        assert accounts.secret_of("b") is None
        assert accounts.secret_of("c") is None


class TestRights:
    def test_anonymous_reads_by_default(self) -> None:
        accounts = Accounts()
        assert accounts.may(None, Right.READ)
        assert not accounts.may(None, Right.WRITE)
        assert not Accounts(anonymous=NONE).may(None, Right.READ)

    def test_accounts(self) -> None:
        accounts = Accounts.from_texts(["ann:x", "bob:x:read", "eve:x:none"])
        seen = {a.name: (accounts.may(a, Right.READ), accounts.may(a, Right.WRITE)) for a in accounts}
        assert seen == {"ann": (True, True), "bob": (True, False), "eve": (False, False)}


class TestFile:
    def test_everything(self, tmp_path: Path) -> None:
        file = tmp_path / "accounts.toml"
        file.write_text(
            f'anonymous = "none"\n[accounts.ann]\npassword = "{quick("a")}"\nkeys = ["{KEY}"]\nrights = "read"\n'
            '[accounts.bob]\npassword = "b"\ntokens = ["t"]\n'
        )
        accounts = Accounts.from_file(file)
        assert [account.name for account in accounts] == ["ann", "bob"]
        assert accounts.anonymous == NONE
        ann = accounts.verify("ann", "a")
        assert ann is not None
        assert ann.rights == READS
        assert accounts.verify_key("ann", KEY) is ann
        assert accounts.verify("bob", "b") is accounts.verify_token("t") is accounts.get("bob")

    @pytest.mark.parametrize(
        "text",
        [
            "x = ", "other = 1", "accounts = 3", "[accounts.a]\ncolour = 1", "[accounts.a]\npassword = 5",
            "accounts.a = 3",
            "[accounts.a]\npassword = ''", "[accounts.a]\nkeys = 'x'", "[accounts.a]\nrights = 'all'", "anonymous = 1",
            "[accounts.a]\ntokens = ['']", "[accounts.a]\npassword = 'scrypt$x'",
        ],
    )  # fmt: skip
    def test_mistakes(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "accounts.toml"
        file.write_text(text)
        with pytest.raises(UsageError):
            Accounts.from_file(file)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="can't be read"):
            Accounts.from_file(tmp_path / "none.toml")


class TestAuthenticate:
    @pytest.mark.parametrize("password", [Secret("right"), quick("right")])
    async def test_keeps_the_books(self, password: Secret | PasswordHash) -> None:
        accounts = Accounts([Account(name="ann", password=password)], throttle=Throttle(Clock()))
        for _ in range(2):
            assert await accounts.authenticate("ann", "wrong", "peer") is None
        accounts.failed("peer")
        assert accounts.delay_for("peer") > 0
        accounts.throttle.first = 0.0
        account = await accounts.authenticate("ann", "right", "peer")
        assert account is accounts.get("ann")
        accounts.throttle.first = 0.5
        assert accounts.delay_for("peer") == 0

    async def test_waits_for_the_delay(self) -> None:
        accounts = Accounts.from_texts(["ann:x"])
        accounts.throttle.first = 1e6
        accounts.throttle.longest = 1e6
        for _ in range(4):
            accounts.failed("peer")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await accounts.authenticate("ann", "x", "peer")
        assert await accounts.authenticate("ann", "x", "another") is not None
