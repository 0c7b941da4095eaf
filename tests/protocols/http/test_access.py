"""Who asks: Basic, Digest and bearer tokens at the server."""

from __future__ import annotations

import base64
import time

import pytest

from netloom.accounts import READS, Account, Accounts, PasswordHash
from netloom.contents.files import Files
from netloom.endpoint import Secret
from netloom.protocols.http import access
from netloom.wire.http import authentication, digest
from netloom.wire.http.digest import Asked, Challenge
from tests.protocols.http.said import Said, ask
from tests.protocols.http.stage import Stage, serving


def accounts(*given: Account) -> Accounts:
    made = Accounts(given or [Account(name="ann", password=Secret("secret"))], anonymous=frozenset())
    made.throttle.free = 1000  # delays after failures are tested with the accounts
    return made


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


async def get(stage: Stage, url: str, authorization: str = "", path: str = "/hello.txt") -> Said:
    fields = {"authorization": authorization} if authorization else {}
    return await ask(stage, url, f"GET {path}", None, **fields)


def offered(said: Said) -> list[Challenge]:
    found = authentication.parse_all(said.all("www-authenticate"))
    return [digest.parse_challenge(challenge) for challenge in found if challenge.scheme == "digest"]


def answered(challenge: Challenge, count: int = 1, **changes: str) -> str:
    given = {"method": "GET", "uri": "/hello.txt", "name": "ann", "password": "secret", **changes}
    asked = Asked(method=given["method"], uri=given["uri"], nc=count, cnonce="c")
    return digest.emit_answer(digest.answer(challenge, given["name"], given["password"], asked))


class TestChallenges:
    async def test_what_is_offered(self) -> None:
        async with serving(accounts=accounts()) as (stage, url):
            said = await get(stage, url)
            assert said.status == 401
            found = authentication.parse_all(said.all("www-authenticate"))
            assert [(f.scheme, f.parameters.get("algorithm")) for f in found] == [
                ("digest", "SHA-256"),
                ("digest", "MD5"),
                ("basic", None),
            ]

    async def test_hashes_know_no_digest_and_tokens_are_bearers(self) -> None:
        hashed = Account(name="ann", password=PasswordHash.of("secret", log2_n=4), tokens=(Secret("t0ken"),))
        async with serving(accounts=accounts(hashed)) as (stage, url):
            found = authentication.parse_all((await get(stage, url)).all("www-authenticate"))
            assert [challenge.scheme for challenge in found] == ["bearer", "basic"]


class TestBasic:
    @pytest.mark.parametrize(
        ("authorization", "status"),
        [
            (basic("ann", "secret"), 200),
            (basic("ann", "wrong"), 401),
            (basic("eve", "secret"), 401),
            ("Basic ???", 401),
            ("Basic", 401),
            ("nonsense=", 401),
            ("Negotiate abc", 401),
        ],
    )
    async def test_who_comes_in(self, authorization: str, status: int) -> None:
        async with serving(accounts=accounts()) as (stage, url):
            assert (await get(stage, url, authorization)).status == status

    async def test_names_in_utf_8(self) -> None:
        async with serving(accounts=accounts(Account(name="änn", password=Secret("pä:ß")))) as (stage, url):
            assert (await get(stage, url, basic("änn", "pä:ß"))).status == 200

    async def test_a_slow_password_is_remembered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = 0
        matches = PasswordHash.matches

        def counted(self: PasswordHash, password: Secret | str) -> bool:
            nonlocal calls
            calls += 1
            return matches(self, password)

        monkeypatch.setattr(PasswordHash, "matches", counted)
        hashed = Account(name="ann", password=PasswordHash.of("secret", log2_n=4))
        async with serving(accounts=accounts(hashed)) as (stage, url):
            assert [(await get(stage, url, basic("ann", "secret"))).status for _ in range(3)] == [200, 200, 200]
            assert calls == 1
            assert (await get(stage, url, basic("ann", "wrong"))).status == 401
            assert calls == 2

    async def test_wrong_ones_are_refused_also_where_anybody_reads(self) -> None:
        known = Accounts([Account(name="ann", password=Secret("secret"))], anonymous=READS)
        async with serving(accounts=known) as (stage, url):
            assert (await get(stage, url)).status == 200
            assert (await get(stage, url, basic("ann", "wrong"))).status == 401

    async def test_without_accounts_they_mean_nothing(self) -> None:
        async with serving() as (stage, url):
            assert (await get(stage, url, basic("ann", "wrong"))).status == 200


class TestBearer:
    async def test_tokens(self) -> None:
        async with serving(accounts=accounts(Account(name="ann", tokens=(Secret("t0ken"),)))) as (stage, url):
            assert (await get(stage, url, "Bearer t0ken")).status == 200
            assert (await get(stage, url, "Bearer other")).status == 401
            assert stage.seen[0].user == "ann"


class TestDigest:
    @pytest.mark.parametrize("number", [0, 1])
    async def test_each_algorithm(self, number: int) -> None:
        async with serving(accounts=accounts()) as (stage, url):
            challenge = offered(await get(stage, url))[number]
            assert [(await get(stage, url, answered(challenge, count))).status for count in (1, 2, 5, 3)] == [200] * 4
            assert stage.seen[-1].user == "ann"

    async def test_a_count_is_used_once(self) -> None:
        async with serving(accounts=accounts()) as (stage, url):
            challenge = offered(await get(stage, url))[0]
            used = answered(challenge)
            assert (await get(stage, url, used)).status == 200
            again = await get(stage, url, used)
            assert again.status == 401
            assert offered(again)[0].stale
            assert offered(again)[0].nonce != challenge.nonce

    async def test_what_is_refused(self) -> None:
        async with serving(accounts=accounts()) as (stage, url):
            challenge = offered(await get(stage, url))[0]
            for said in (
                answered(challenge, password="wrong"),
                answered(challenge, name="eve"),
                answered(challenge, method="PUT"),
                answered(challenge, uri="/other"),
                answered(Challenge(realm="other", nonce=challenge.nonce, algorithm="SHA-256", qop=("auth",))),
                answered(Challenge(realm=challenge.realm, nonce=challenge.nonce, algorithm="SHA-256")),
                answered(Challenge(realm=challenge.realm, nonce="bWFkZSB1cA==", algorithm="SHA-256", qop=("auth",))),
                answered(Challenge(realm=challenge.realm, nonce="ä", algorithm="SHA-256", qop=("auth",))),
                "Digest username=ann",
            ):
                refused = await get(stage, url, said)
                assert refused.status == 401
                assert not offered(refused)[0].stale

    async def test_an_old_nonce_is_stale(self, monkeypatch: pytest.MonkeyPatch) -> None:
        known = accounts()
        old = access.gate_of(known).nonce(time.time() - access.NONCE_AGE - 1)
        async with serving(accounts=known) as (stage, url):
            said = answered(Challenge(realm=access.REALM, nonce=old, algorithm="SHA-256", qop=("auth",)))
            refused = await get(stage, url, said)
            assert refused.status == 401
            assert offered(refused)[0].stale

    async def test_forgotten_nonces_are_stale(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(access, "_NONCES", 2)
        async with serving(accounts=accounts()) as (stage, url):
            first = answered(offered(await get(stage, url))[0])
            assert (await get(stage, url, first)).status == 200
            for _ in range(3):
                assert (await get(stage, url, answered(offered(await get(stage, url))[0]))).status == 200
            assert (await get(stage, url, first)).status == 401

    async def test_a_window_of_counts(self) -> None:
        async with serving(accounts=accounts()) as (stage, url):
            challenge = offered(await get(stage, url))[0]
            assert (await get(stage, url, answered(challenge, 100))).status == 200
            assert (await get(stage, url, answered(challenge, 37))).status == 200
            for count in (36, 37, 100, 0):
                assert (await get(stage, url, answered(challenge, count))).status == 401

    async def test_through_the_client(self) -> None:
        async with serving(Files(), accounts(), path="/#index=yes") as (stage, url):
            client = stage.client(url.replace("//", "//ann:secret@") + "/#auth=digest")
            for _ in range(3):
                assert (await client.get("/")).meta["status"] == 200
            assert [record.status for record in stage.seen] == ["401", "200", "200", "200"]


async def test_no_secret_in_the_records() -> None:
    async with serving(accounts=accounts()) as (stage, url):
        await get(stage, url, basic("ann", "canary"), path="/hello.txt?token=canary")
        assert "canary" not in repr(stage.seen)
