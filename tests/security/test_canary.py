"""A canary in every place for secrets is found in nothing that we say or write down, whether it works or fails.

Unavoidable are a protocol's own plain bytes in a recording (http, ws, smtp and proxies without TLS): there they must
be nowhere but in the packets.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import json
import logging
import re
import signal
import subprocess
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import asyncssh
import msgspec
import pytest

import netloom
from netloom import registry
from netloom.accounts import Account, Accounts, PasswordHash
from netloom.cli.app import main as command
from netloom.endpoint import Endpoint, Secret
from netloom.errors import NetloomError
from netloom.links.virtual import run as virtual
from netloom.options import split
from netloom.packet.captures import read
from netloom.packet.frame import Frame
from netloom.registry import load, settle
from netloom.runs import Run
from netloom.wire.credentials import Credentials
from tests.cli.command import COMMAND, environment, line_of
from tests.security.house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.worlds import Certificates

CANARY = "c4n4ry-8e1b60d7"
KEY = base64.b64encode(CANARY.encode() * 2).decode()
"""The same as a key of DNS has it."""
FORMATS = ("table", "json", "ndjson", "csv", "junit", "prometheus", "nagios")


def shapes() -> list[bytes]:
    """The canary as it may be written: as it is, in base64 at each of three places, in hexadecimal, reversed."""
    found = [
        CANARY.encode(),
        CANARY.encode().hex().encode(),
        CANARY[::-1].encode(),
        KEY.encode()[:20],
        repr(CANARY.encode())[2:-1].encode(),
    ]
    for before in (b"", b"x", b"xx"):
        coded = base64.b64encode(before + CANARY.encode())
        found.append(coded[4 if before else 0 : -4])
    return found


SHAPES = shapes()


def clean(said: Any, where: str = "") -> None:
    """Fails where the canary is found."""
    data = said if isinstance(said, bytes) else str(said).encode("utf-8", "backslashreplace")
    for shape in SHAPES:
        at = data.find(shape)
        assert at < 0, f"{where}: {data[max(0, at - 200) : at + 60]!r}"


def test_the_net_catches_what_it_should() -> None:
    for word in (
        CANARY,
        KEY,
        f"http://u:{CANARY}@h",
        base64.b64encode(f"ann:{CANARY}".encode()).decode(),
        CANARY.encode().hex(),
    ):
        with pytest.raises(AssertionError):
            clean(word)


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """The command tells the collector that what is there now stays; a process of its own it has not here."""
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("canary")
    (folder / ".ssh").mkdir(mode=0o700)
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(folder / "locked"), "pkcs8-pem", passphrase=CANARY)
    (folder / "locked").chmod(0o600)
    key.write_public_key(str(folder / "locked.pub"))
    (folder / "file.txt").write_text("hello")
    return folder


@pytest.fixture(scope="module")
def places(home: Path, certificates: Certificates) -> Iterator[dict[str, str]]:
    """One server for each scheme that takes an account, with the canary in it, and what each wrote down."""
    reports: list[Any] = []
    public = (home / "locked.pub").read_text().strip()
    key = Account(name="key", password=Secret(KEY))
    accounts = Accounts([Account(name="ann", password=Secret(CANARY), tokens=(Secret(CANARY),), keys=(public,)), key])
    accounts.throttle.longest = 0.0  # its delays are another test's business
    found: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for scheme in ("http", "https", "ws", "wss", "smtp", "smtps", "ssh", "dns", "dot", "tcp", "tls", "udp", "ntp"):
            tls = f"#cert={certificates.good}" if scheme in ("https", "wss", "smtps", "smtp", "dot", "tls") else ""
            url = f"{scheme}://127.0.0.1:0{tls}{',allow_plain_auth=yes' if scheme == 'smtp' else ''}"
            server = stack.enter_context(netloom.serve(url, accounts=accounts, on_access=reports.append))
            found[scheme] = server.endpoint.authority
            for said in server.records:
                clean(msgspec.json.encode(said), "what is announced")
                clean(repr(said), "what is announced")
        found["ca"] = certificates.ca
        yield found
        clean(repr(reports), "access records")
        clean(msgspec.json.encode(reports), "access records")
        clean(repr(accounts) + repr(list(accounts)), "accounts")


Case = tuple[str, list[str]]

PLAIN = {
    "http",
    "http-token",
    "http-header",
    "http-cookie",
    "ws",
    "ws-token",
    "smtp-plain",
    "http-header-url",
    "no http",
}
"""Where a recording has the protocol's own plain bytes, the canary among them."""


def cases() -> dict[str, list[str]]:
    """Command lines; `@…@` stands for a place, and `PASS` for the canary, or for what is wrong by one letter."""
    secure = ["-O", "ca=@ca@", "-O", "sni=localhost"]
    quiet = ["-O", "hostkey=no", "-O", "config=none", "-O", "agent=none"]
    made = {
        "http": ["get", "http://ann:PASS@@http@/"],
        "http-digest": ["get", "http://ann:PASS@@http@/#auth=digest"],
        "http-token": ["get", "http://@http@/", "-O", "token=PASS"],
        "http-token-url": ["get", "https://@https@/#token=PASS", *secure],
        "http-header": ["get", "http://@http@/", "-O", "headers=Authorization: Bearer PASS"],
        "http-header-url": ["get", "http://@http@/#headers=Authorization:%20Bearer%20PASS"],
        "http-cookie": ["get", "http://@http@/", "-O", "cookie=session=PASS"],
        "https": ["get", "https://ann:PASS@@https@/", *secure],
        "https-probe": ["probe", "https://ann:PASS@@https@/", *secure],
        "https-put": ["put", "https://ann:PASS@@https@/new.txt", "@home@/file.txt", *secure],
        "ws": ["send", "ws://ann:PASS@@ws@/", "hello"],
        "ws-token": ["send", "ws://@ws@/", "hello", "-O", "token=PASS"],
        "wss": ["send", "wss://ann:PASS@@wss@/", "hello", *secure],
        "smtp-plain": [
            "send", "smtp://ann:PASS@@smtp@/ann@example.org", "hello", "-O", "tls=never", "-O", "allow_plain_auth=yes",
            "-O", "auth=plain",
        ],
        "smtp-login": ["send", "smtp://ann:PASS@@smtp@/ann@example.org", "hello", "-O", "auth=login", *secure],
        "smtp-cram": [
            "send", "smtp://ann:PASS@@smtp@/ann@example.org", "hello", "-O", "tls=never", "-O", "auth=cram-md5",
        ],
        "smtp-starttls": ["send", "smtp://ann:PASS@@smtp@/ann@example.org", "hello", "-O", "tls=starttls", *secure],
        "smtps": ["send", "smtps://ann:PASS@@smtps@/ann@example.org", "hello", *secure],
        "smtps-token": ["send", "smtps://ann@@smtps@/ann@example.org", "hello", "-O", "token=PASS", *secure],
        "smtp-probe": ["probe", "smtp://ann:PASS@@smtp@/", *secure],
        "ssh": ["run", "ssh://ann:PASS@@ssh@", "echo hello", *quiet],
        "ssh-key": [
            "run", "ssh://ann@@ssh@", "echo hello", "-O", "identity=@home@/locked", "-O", "passphrase=PASS", *quiet,
        ],
        "ssh-probe": ["probe", "ssh://ann:PASS@@ssh@", *quiet],
        "dns-tsig": ["get", "dns://key:TSIG@@dns@/example.test"],
        "dns-tsig-list": ["list", "dns://key:TSIG@@dns@/example.test"],
        "dot-tsig": ["get", "dot://key:TSIG@@dot@/example.test", *secure],
        "tcp": ["send", "tcp://ann:PASS@@tcp@", "hello", "-O", "reply=some"],
        "tls": ["send", "tls://ann:PASS@@tls@", "hello", "-O", "reply=some", *secure],
        "udp": ["send", "udp://ann:PASS@@udp@", "hello", "-O", "reply=some"],
        "ntp": ["get", "ntp://ann:PASS@@ntp@"],
        "socks5": ["get", "tcp://127.0.0.1:9", "-O", "proxy=socks5h://u:PASS@@tcp@"],
        "socks5-url": ["probe", "tcp://127.0.0.1:9#proxy=socks5h:%2F%2Fu:PASS%40@tcp@"],
        "http-proxy": ["probe", "tcp://127.0.0.1:9", "-O", "proxy=http://u:PASS@@http@"],
        "ssh-proxy": ["probe", "tcp://127.0.0.1:9", "-O", "proxy=ssh://ann:PASS@@ssh@#hostkey=no"],
        "no server": ["get", "http://ann:PASS@127.0.0.1:1/"],
        "no TLS": ["get", "https://ann:PASS@@tcp@/"],
        "no http": ["get", "http://ann:PASS@@ssh@/"],
        "no smtp": ["send", "smtp://ann:PASS@@ssh@/ann@example.org", "hello"],
        "no name": ["get", "http://ann:PASS@nowhere.invalid/"],
        "not trusted": ["get", "https://ann:PASS@@https@/"],
        "no host key": ["run", "ssh://ann:PASS@@ssh@", "true", "-O", "config=none", "-O", "agent=none"],
        "nothing there": ["get", "https://ann:PASS@@https@/missing", *secure],
    }  # fmt: skip
    made["socks5"][0] = "probe"
    return made


CASES = cases()


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("name", CASES)
def test_a_command_says_it_nowhere(
    name: str, right: bool, places: dict[str, str], home: Path, tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("HOME", str(home))
    caplog.set_level(logging.DEBUG)
    password = CANARY if right else CANARY + "-wrong"
    arguments = [_filled(word, places | {"home": str(home)}, password) for word in CASES[name]]
    many = name in ("http", "no server", "smtp-login", "socks5-url", "http-header-url")
    code, out, err = 0, b"", b""
    for number, form in enumerate(FORMATS if many else ("json", "table")):
        recording = tmp_path / f"{number}.pcapng"
        code = command([*arguments, "-vv", "-o", form, "--deadline", "3", "--record", str(recording)])
        out, err = capfdbinary.readouterr()
        assert code != 70, err
        clean(out, f"{form} on standard output")
        clean(err, f"{form} on standard error")
        clean(caplog.text, "the log")
        _look_into(recording, plain=name in PLAIN or "proxy" in name or "socks" in name)
    if (
        not name.startswith("no ")
        and right
        and name not in ("not trusted", "nothing there", "socks5", "socks5-url", "http-proxy", "ssh-proxy")
    ):
        assert code == 0, (out, err)


def _filled(word: str, places: dict[str, str], password: str) -> str:
    for name, place in places.items():
        word = word.replace(f"@{name}@", place)
    tsig = KEY if password == CANARY else base64.b64encode(password.encode() * 2).decode()
    return word.replace("TSIG", quote(tsig, safe="")).replace("PASS", password)


def _look_into(recording: Path, *, plain: bool) -> None:
    if not recording.exists():
        return
    if not plain:
        clean(recording.read_bytes(), "a recording")
        return
    for block in read(recording):
        clean(
            repr(msgspec.structs.replace(block, data=b"") if isinstance(block, Frame) else block),
            "a recording's notes",
        )


# The environment

HERE = ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "tcp://127.0.0.1:1"]
THERE = ["http://192.0.2.1/", "https://192.0.2.1/", "tcp://192.0.2.1:7"]
"""Loopback isn't asked for by way of the environment's proxies; elsewhere nothing is sent but by way of one here."""
VARIABLES = {
    "http_proxy": THERE[:1],
    "https_proxy": THERE[1:2],
    "all_proxy": THERE,
    "NETLOOM_OPTIONS_PROXY": HERE,
    "NETLOOM_PROXY": HERE,
    "NETLOOM_PASSWORD": HERE,
}
PROXIES = [
    "http://u:{}@127.0.0.1:1",
    "socks5h://u:{}@127.0.0.1:1",
    "ssh://u:{}@127.0.0.1:1",
    "odd://u:{}@127.0.0.1:1",
    "http://u:{}@",
]


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("value", PROXIES)
def test_what_the_environment_holds_is_not_told(
    variable: str,
    value: str,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(variable, value.format(CANARY))
    for form in ("json", "table"):
        for target in VARIABLES[variable]:
            operation = "probe" if target.startswith("tcp") else "get"
            assert command([operation, target, "-vv", "-o", form, "--deadline", "1"]) not in (0, 70)
            out, err = capfdbinary.readouterr()
            clean(out + err, target)
    clean(caplog.text, "the log")


# Mistakes

MISTAKES = [
    "http://u:{}@h:port/", "http://u:{}@[::1/", "http://u:{}@h:99999/", "http//u:{}@h/", "http:/u:{}@h/", "u:{}@h",
    "http://u:{}@h/ x", "http://u:{}@h/#nonsense=1",
    "http://u:{}@h/#ttl=x", "htp://u:{}@h/", "http://u:{}@h@i/", "http://u:a@{}@h:x/", "http://u:{}@@h:x",
    "http://u:{}#x@h", "http://u:{}/x@h:y", "http://u:{}?x@h:y",
    "smtp://u:{}@h/", "unix://u:{}@h", "http+unix://u:{}@x/", "http://u:%ff{}@h", "http://h/#token={},nonsense=1",
    "http://h/#token={}&x", "http://h/#passphrase={}",
    "http://h/#proxy=http:%2F%2Fu:{}%40h:x", "http://h/#proxy=odd:%2F%2Fu:{}%40h",
    "http://h/#headers=Authorization:%20Bearer%20{},ttl=x", "http://h/#cookie=a={},ttl=x",
    "dns://key:{}@h/x", "ssh://u:{}@h/#hostkey=x", "http://u:{}@h:0x50/", "http://u:{}@h\\x", "http://u:{}@a:b:c/",
]  # fmt: skip


@pytest.mark.parametrize("url", MISTAKES)
@pytest.mark.parametrize("operation", ["get", "probe", "serve"])
def test_a_mistake_does_not_repeat_it(
    url: str, operation: str, capfdbinary: pytest.CaptureFixture[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    text = url.format(CANARY)
    for arguments in (
        [operation, text],
        [operation, text, "-o", "json"],
        [text, operation],
        [operation, "http://127.0.0.1:1/", text],
    ):
        if (
            operation == "serve"
            and "#headers" not in text
            and "#cookie" not in text
            and arguments[-1] == text
            and len(arguments) == 2
        ):
            continue  # some of these could be served
        code = command([*arguments, *(["--deadline", "0.01"] if operation != "serve" else ["-O", "nonsense=1"])])
        out, err = capfdbinary.readouterr()
        assert code not in (0, 70), (out, err)
        clean(out + err, text)
    clean(caplog.text, "the log")


@pytest.mark.parametrize(
    "arguments",
    [
        ["get", "http://h/", "-O", f"nonsense={CANARY}", "-O", f"token={CANARY}"],
        ["get", "http://h/", "-O", f"token={CANARY}", "-O", f"token={CANARY}"],
        ["get", "http://h/", "-O", f"proxy=http://u:{CANARY}@h:x"],
        ["serve", "http://127.0.0.1:0", "--account", f"ann:{CANARY}:sudo"],
        ["serve", "http://127.0.0.1:0", "--account", f"ann:{CANARY}:read:x"],
        ["serve", "http://127.0.0.1:0", "--account", f"ann:%zz{CANARY}"],
        ["serve", "http://127.0.0.1:0", "--account", f":{CANARY}"],
        ["serve", "http://127.0.0.1:0", "--acount", f"ann:{CANARY}"],
        ["get", "http://h/", f"--token={CANARY}"], ["get", "http://h/", f"--headers=Authorization: Bearer {CANARY}\n"],
        ["send", "smtp://h/a@b.org", "x", "-O", f"token={CANARY}"],
        ["send", "smtp://u@h/a@b.org", "x", "-O", f"token={CANARY}", "-O", "auth=plain"],
    ],
)  # fmt: skip
def test_nor_do_mistakes_elsewhere(arguments: list[str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for extra in ([], ["-o", "json"]):
        code = command([*arguments, *extra, *(["--deadline", "0.05"] if arguments[0] != "serve" else [])])
        out, err = capfdbinary.readouterr()
        assert code not in (0, 70), (out, err)
        clean(out + err, str(arguments))


def test_accounts_from_a_file(tmp_path: Path) -> None:
    for number, text in enumerate((
        f'[accounts.ann]\npassword = "{CANARY}"\nnonsense = 1', f'[accounts.ann]\npassword = ["{CANARY}"]',
        f'[accounts.ann]\npassword = "{CANARY}', f'[accounts]\nann = "{CANARY}"',
        f'[accounts.ann]\ntokens = "{CANARY}"', f'[accounts.ann]\nkeys = ["{CANARY}"]',
        f'[accounts.ann]\npassword = "scrypt${CANARY}"', f'anonymous = "{CANARY}"', f'{CANARY} = 1',
    )):  # fmt: skip
        (tmp_path / f"{number}.toml").write_text(text)
        with pytest.raises(NetloomError) as failure:
            Accounts.from_file(tmp_path / f"{number}.toml")
        if "anonymous" not in text and not text.startswith(CANARY):  # what is no secret's place may be told
            clean("".join(traceback.format_exception(failure.value)), text)


# Python


@pytest.mark.parametrize("scheme", sorted(name for declared in registry.protocols() for name in declared.schemes))
def test_what_python_shows_of_things(scheme: str) -> None:
    secrets = [
        ("token", CANARY),
        ("passphrase", CANARY),
        ("proxy", f"http://u:{CANARY}@h"),
        ("cookie", f"a={CANARY}"),
        ("headers", f"Authorization: Basic {CANARY}"),
    ]
    place = "unix:///x" if scheme == "unix" else f"{scheme}://ann:{CANARY}@h:1"
    known = set(load(settle(Endpoint.parse(place))[0], "client").Options.__struct_fields__) | {"proxy"}
    options = [
        (name, value) for name, value in secrets if name in known and not (name == "cookie" and "mix_case" in known)
    ]
    written = ",".join(f"{name}={quote(value, safe='')}" for name, value in options)
    for endpoint in (Endpoint.parse(place).with_options(options), Endpoint.parse(f"{place}#{written}")):
        clean(
            str(endpoint) + repr(endpoint) + f"{endpoint}" + repr([endpoint]) + json.dumps(str(endpoint)), "an endpoint"
        )
        declared, _, settled = settle(endpoint)
        own = split(settled, load(declared, "client").Options)[1]
        shown = {name: getattr(own, name) for name in ("token", "passphrase") if hasattr(own, name)}
        clean(repr(shown), "options")
        run: Run[Any] = Run.prepare("probe", (endpoint,), {})
        clean(repr(run.request) + repr(run), "a request")


def test_secrets_themselves() -> None:
    secret = Secret(CANARY)
    things = [
        secret,
        [secret],
        {"a": secret},
        Credentials("ann", CANARY),
        Account(name="ann", password=secret, tokens=(secret,)),
        PasswordHash.of(CANARY, log2_n=4),
    ]
    for thing in things:
        clean(repr(thing) + str(thing) + f"{thing}" + "{} {!r} {:>9}".format(*[str(thing)] * 3), type(thing).__name__)
    with pytest.raises(TypeError):
        msgspec.json.encode({"a": secret})
    with pytest.raises(TypeError):
        secret.__reduce__()
    for encode in (
        lambda: json.dumps({"a": secret}),
        lambda: msgspec.json.encode(Account(name="ann", password=secret)),
    ):
        with pytest.raises(TypeError) as failure:
            encode()
        clean(str(failure.value))


@pytest.mark.parametrize("scheme", ["http", "smtp", "ssh", "ws", "https", "tls", "dns", "tcp"])
def test_tracebacks(scheme: str) -> None:
    """What is raised in Python, with all that led to it."""
    path = "/ann@example.org" if scheme == "smtp" else ""
    word = netloom.Message(payload=b"x")

    def use(client: Any) -> None:
        if scheme == "ssh":
            client.run("true")
        else:
            client.get("") if hasattr(client, "get") else client.send(word)

    def talk() -> None:
        with netloom.connect(f"{scheme}://ann:{CANARY}@127.0.0.1:1{path}", deadline=5) as client:
            use(client)

    with pytest.raises(NetloomError) as failure:
        talk()
    clean("".join(traceback.format_exception(failure.value)))


@pytest.mark.parametrize("scheme", ["http", "ws"])
@pytest.mark.parametrize("path", ["/", "/file.txt", "/missing", "/elsewhere/x"])
def test_an_access_record_has_no_query(scheme: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    """Tokens often stand in it: a page can't set a WebSocket's fields."""
    caplog.set_level(logging.DEBUG)

    async def main() -> None:
        async with House(f"{scheme}://127.0.0.1:0/{'elsewhere' if path == '/' else ''}") as house:
            for upgrade in (
                "",
                (
                    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                ),
            ):
                stream = await house.raw()
                await stream.write(
                    f"GET {path}?access_token={CANARY} HTTP/1.1\r\nHost: x\r\nReferer: http://x/?a={CANARY}\r\n{upgrade}\r\n".encode()
                )
                await stream.read()
                stream.abort()
                await asyncio.sleep(1)
            assert house.access
            clean(repr(house.access))

    virtual(main())
    clean(caplog.text)


# A server as a process, with -vv


@pytest.mark.parametrize("form", ["table", "ndjson"])
def test_a_server_tells_of_accesses_without_it(form: str, tmp_path: Path) -> None:
    arguments = [
        "serve",
        "http://127.0.0.1:0",
        "smtp://127.0.0.1:0#allow_plain_auth=yes",
        "--account",
        f"ann:{CANARY}",
        "-vv",
        "-o",
        form,
    ]
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment(XDG_STATE_HOME=str(tmp_path)),
            bufsize=0,
            stdout=subprocess.PIPE,
            stderr=file,
        )
        try:
            said = b""
            while said.count(b"smtp://127.0.0.1") < 1:
                said += line_of(process.stdout)
            for scheme in (b"http", b"smtp"):
                (port,) = {int(found) for found in re.findall(scheme + rb"://127\.0\.0\.1:(\d+)", said)}
                for password in (CANARY, CANARY + "x"):
                    _knock(scheme.decode(), port, password)
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=30)
    assert b"AUTH" in said + rest
    clean(said + rest, "standard output")
    clean(log.read_bytes(), "standard error")


def _knock(scheme: str, port: int, password: str) -> None:
    if scheme == "http":
        netloom.get(f"http://ann:{password}@127.0.0.1:{port}/?token={password}").one()
    else:
        options = "tls=never,allow_plain_auth=yes,auth=plain"
        netloom.send(f"smtp://ann:{password}@127.0.0.1:{port}/ann@example.org#{options}", "x").one()
