"""Logging in: failures are counted and slow, in every protocol alike, and what was guessed stands nowhere."""

from __future__ import annotations

import asyncio
import base64
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from netloom.accounts import Account, Accounts, PasswordHash
from netloom.endpoint import Secret
from netloom.errors import NetloomError, Status
from netloom.links.virtual import run as virtual
from netloom.wire.http import digest
from netloom.wire.http.digest import Asked, Challenge
from netloom.wire.smtp import replies
from tests.security.house import STRANGER, House, Wire, elapsed, record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PASSWORD = "c4n4ry-right"
GUESS = "c4n4ry-wrong"


def accounts(password: Secret | PasswordHash = Secret(PASSWORD)) -> Accounts:
    """Ann's."""
    ann = Account(name="ann", password=password, tokens=(Secret(PASSWORD + "-token"),))
    return Accounts([ann], anonymous=frozenset())


def basic(password: str, user: str = "ann") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def over_http(house: House, password: str) -> bool:
    return await _head(house, f"Authorization: {basic(password)}\r\n")


async def by_token(house: House, password: str) -> bool:
    return await _head(house, f"Authorization: Bearer {password}{'-token' if password == PASSWORD else ''}\r\n")


UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


async def over_ws(house: House, password: str) -> bool:
    return await _head(house, f"{UPGRADE}Authorization: {basic(password)}\r\n")


async def by_token_over_ws(house: House, password: str) -> bool:
    return await _head(
        house, f"{UPGRADE}Authorization: Bearer {password}{'-token' if password == PASSWORD else ''}\r\n"
    )


async def _head(house: House, fields: str) -> bool:
    stream = await house.raw()
    await stream.write(f"GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
    status = (await stream.read_until(b"\r\n"))[9:12]
    stream.abort()
    assert status in (b"101", b"200", b"401"), status
    return status != b"401"


async def by_digest(house: House, password: str) -> bool:
    target = f"http://ann:{password}@127.0.0.1:{house.port}/#auth=digest"
    found = await record(house.network, "get", target, deadline=1000.0)
    return bool(found.status is Status.SUCCESS)


async def over_smtp(house: House, password: str) -> bool:
    proof = base64.b64encode(f"\0ann\0{password}".encode()).decode()
    return await _mail(house, f"AUTH PLAIN {proof}")


async def by_login(house: House, password: str) -> bool:
    name, proof = (base64.b64encode(text.encode()).decode() for text in ("ann", password))
    return await _mail(house, "AUTH LOGIN", name, proof)


async def by_cram(house: House, password: str) -> bool:
    target = f"smtp://ann:{password}@127.0.0.1:{house.port}/ann@example.org#auth=cram-md5,tls=never"
    found = await record(house.network, "send", target, "x", deadline=1000.0)
    return bool(found.status is Status.SUCCESS)


async def _mail(house: House, *lines: str) -> bool:
    stream = await house.raw()
    reply = await stream.parse(replies.parse)
    for line in ("EHLO me", *lines):
        await stream.write(line.encode() + b"\r\n")
        reply = await stream.parse(replies.parse)
    stream.abort()
    assert reply.code in (235, 535), reply
    return reply.code == 235


async def over_ssh(house: House, password: str) -> bool:
    target = f"ssh://ann:{password}@127.0.0.1:{house.port}#config=none,agent=none,hostkey=no"
    found = await record(house.network, "run", target, "true", deadline=1000.0)
    return bool(found.status is Status.SUCCESS)


WAYS: dict[str, tuple[str, Callable[[House, str], Awaitable[bool]]]] = {
    "http basic": ("http://127.0.0.1:0", over_http),
    "http bearer": ("http://127.0.0.1:0", by_token),
    "http digest": ("http://127.0.0.1:0", by_digest),
    "ws basic": ("ws://127.0.0.1:0", over_ws),
    "ws bearer": ("ws://127.0.0.1:0", by_token_over_ws),
    "smtp plain": ("smtp://127.0.0.1:0#allow_plain_auth=yes", over_smtp),
    "smtp login": ("smtp://127.0.0.1:0#allow_plain_auth=yes", by_login),
    "smtp cram-md5": ("smtp://127.0.0.1:0#allow_plain_auth=yes", by_cram),
}


@pytest.mark.parametrize(("url", "login"), WAYS.values(), ids=WAYS)
class TestFailures:
    def test_become_slow_and_a_success_forgets_them(
        self, url: str, login: Callable[[House, str], Awaitable[bool]]
    ) -> None:
        async def main() -> None:
            async with House(url, accounts=accounts()) as house:
                took = []
                for _ in range(8):
                    before = elapsed()
                    assert not await login(house, GUESS)
                    took.append(elapsed() - before)
                assert took[0] < 0.1, "one mistake is no crime"
                assert sum(took) > 10
                assert took == sorted(took)
                assert await login(house, PASSWORD), "slow, and not shut"
                before = elapsed()
                assert await login(house, PASSWORD)
                assert elapsed() - before < 0.1

        virtual(main())

    def test_are_counted_for_the_address_and_not_for_the_connection_or_protocol(
        self, url: str, login: Callable[[House, str], Awaitable[bool]]
    ) -> None:
        async def main() -> None:
            shared = accounts()
            async with (
                House("http://127.0.0.1:0", accounts=shared) as other,
                House(url, accounts=shared, network=other.network) as house,
            ):
                for _ in range(6):
                    assert not await over_http(other, GUESS)
                before = elapsed()
                assert not await login(house, GUESS)
                assert elapsed() - before > 1

        virtual(main())

    def test_tell_the_secret_to_nobody(
        self, url: str, login: Callable[[House, str], Awaitable[bool]], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)

        async def main() -> None:
            async with House(url, accounts=accounts()) as house:
                for password in (GUESS, PASSWORD):
                    await login(house, password)
                for words in (
                    repr(house.access),
                    caplog.text,
                    repr(house.serving.accounts),
                    repr(list(house.serving.accounts)),
                ):
                    for secret in (GUESS, PASSWORD):
                        for shape in (secret, base64.b64encode(secret.encode()).decode()[:-4]):
                            assert shape not in words

        virtual(main())


class _AtOnce(ThreadPoolExecutor):
    """Does what is for a thread at once: a virtual clock can't wait for threads."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


HASHED = PasswordHash.of(PASSWORD, log2_n=4)
PARALLEL = {**WAYS, "ssh password": ("ssh://127.0.0.1:0#host_key=none,max_startups=1000", over_ssh)}


@pytest.mark.parametrize(
    ("url", "login", "known"),
    [
        pytest.param(*way, known, id=f"{name}, {'hashed' if known is HASHED else 'known'}")
        for name, way in PARALLEL.items()
        for known in (Secret(PASSWORD), HASHED)
        if known is not HASHED or way[1] not in (by_digest, by_cram)  # a challenge needs the password itself
    ],
)
def test_failures_at_once_are_no_way_around_the_delay(
    url: str, login: Callable[[House, str], Awaitable[bool]], known: Secret | PasswordHash
) -> None:
    """Many that begin when no failure is known yet: few get an answer soon. Another address isn't held up."""

    async def main() -> None:
        asyncio.get_running_loop().set_default_executor(_AtOnce())
        network = Wire()
        async with House(url, accounts=accounts(known), network=network) as house:
            guesses = [asyncio.ensure_future(login(house, GUESS)) for _ in range(200)]
            done, _ = await asyncio.wait(guesses, timeout=5)
            assert {task.result() for task in done} == {False}
            assert 3 <= len(done) <= 10

            network.stranger = STRANGER
            before = elapsed()
            assert await login(house, PASSWORD)
            assert elapsed() - before < 0.1

            for task in guesses:
                task.cancel()
            await asyncio.wait(guesses)

    virtual(main())


def test_that_only_a_nonce_was_too_old_is_told_as_late_as_a_failure() -> None:
    """It tells that the password was right: said at once, it would be a way to guess without a delay."""

    async def main() -> None:
        network = Wire()
        async with House("http://127.0.0.1:0", accounts=accounts(), network=network) as house:
            offered = await _asked(house)
            realm, nonce = (offered.partition(f'{name}="')[2].partition('"')[0] for name in ("realm", "nonce"))
            answer = digest.answer(
                Challenge(realm=realm, nonce=nonce, algorithm="SHA-256", qop=("auth",)),
                "ann",
                PASSWORD,
                Asked(method="GET", uri="/", nc=1, cnonce="c"),
            )
            fields = f"Authorization: {digest.emit_answer(answer)}\r\n"
            assert not (await _asked(house, fields)).startswith("HTTP/1.1 401")

            network.stranger = STRANGER
            for _ in range(6):
                assert not await over_http(house, GUESS)
            before = elapsed()
            assert "stale=true" in await _asked(house, fields)
            assert elapsed() - before > 1

    virtual(main())


async def _asked(house: House, fields: str = "") -> str:
    stream = await house.raw()
    await stream.write(f"GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
    head = await stream.read_until(b"\r\n\r\n")
    stream.abort()
    return head.decode()


class TestSecretsAreKept:
    def test_passwords_are_hashed_slowly_and_with_salt(self) -> None:
        one, two = PasswordHash.of(PASSWORD), PasswordHash.of(PASSWORD)
        assert one.digest != two.digest
        assert one.cost * 128 >= 16 << 20
        assert one.matches(PASSWORD)
        assert not one.matches(GUESS)
        assert PASSWORD not in str(one)

    def test_an_unknown_name_takes_the_same_work(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = Accounts([Account(name="ann", password=PasswordHash.of(PASSWORD, log2_n=4))])
        count = []
        plain = PasswordHash.matches

        def counted(self: PasswordHash, password: Secret | str) -> bool:
            count.append(self.cost)
            return plain(self, password)

        monkeypatch.setattr(PasswordHash, "matches", counted)
        made.verify("ann", GUESS)
        made.verify("nobody", GUESS)
        assert len(count) == 2
        assert count[0] == count[1]

    def test_what_is_compared_is_compared_in_constant_time(self) -> None:
        """By the source: the times themselves are too close to see."""
        import inspect

        from netloom import accounts as module
        from netloom.endpoint import Secret as Kept

        assert "compare_digest" in inspect.getsource(module._same)
        assert "compare_digest" in inspect.getsource(PasswordHash.matches)
        assert "compare_digest" in inspect.getsource(Kept.__eq__)

    @pytest.mark.parametrize(
        "text",
        ["scrypt$30$8$1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43, "scrypt$18$8$1000000$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43],
    )
    def test_a_hash_from_a_file_does_not_take_all_memory(self, text: str) -> None:
        with pytest.raises(NetloomError):
            PasswordHash.parse(text)
