"""CR, LF and NUL in an argument of a line protocol: refused, never stripped, and nothing of it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from netloom.accounts import Accounts
from netloom.contents.mail import Mail
from netloom.endpoint import Endpoint, Secret
from netloom.errors import LocalProtocolError, NetloomError, UsageError
from netloom.links.virtual import run as virtual
from netloom.protocols.smtp.client import SmtpOptions
from netloom.protocols.smtp.compose import compose
from netloom.records import Message
from netloom.wire import socks
from netloom.wire.smtp import commands
from netloom.wire.smtp.addresses import Mailbox, encode_xtext
from tests.security.house import AUTHORITY, House, Wire, everything, records, refused

EVIL = "pwned"
BREAKS = {"CR": "\r", "LF": "\n", "NUL": "\0", "CRLF": "\r\n"}
PLACES = {"inside": f"a%s{EVIL}: b", "end": f"{EVIL}%s"}


def broken(text: str, place: str, gap: str) -> str:
    """The text with a break in it, and what would follow on a line of its own."""
    return text.replace("@@", PLACES[place] % gap)


SMTP: list[tuple[str, dict[str, Any]]] = [
    ("sender", {"options": {"sender": "ann@@@example.org"}}),
    ("sender name", {"options": {"sender": "@@ <ann@example.org>"}}),
    ("to", {"options": {"to": "bob@@@example.org"}}),
    ("to's end", {"options": {"to": "bob@example.org@@"}}),
    ("cc", {"options": {"cc": "@@@example.org"}}),
    ("bcc", {"options": {"bcc": "@@@example.org"}}),
    ("subject", {"options": {"subject": "@@"}}),
    ("header", {"options": {"header": "X-Thing: @@"}}),
    ("header's name", {"options": {"header": "X@@: y"}}),
    ("our name", {"options": {"name": "@@"}}),
    ("recipient in the path", {"path": "/bob%0d%0a@@@example.org"}),
    ("topic", {"topic": "@@@example.org"}),
]
HTTP: list[tuple[str, dict[str, Any]]] = [
    ("header", {"options": {"headers": "X-Thing: @@"}}),
    ("header's name", {"options": {"headers": "X@@: y"}}),
    ("host header", {"options": {"headers": "Host: @@"}}),
    ("method", {"options": {"method": "GET@@"}}),
    ("user agent", {"options": {"user_agent": "@@"}}),
    ("cookie", {"options": {"cookie": "a=@@"}}),
    ("token", {"options": {"token": "@@"}}),
    ("type", {"options": {"type": "text/@@"}}),
    ("path", {"path": "/@@"}),
    ("query", {"query": "a=@@"}),
]
WS: list[tuple[str, dict[str, Any]]] = [
    ("header", {"options": {"headers": "X-Thing: @@"}}),
    ("header's name", {"options": {"headers": "X@@: y"}}),
    ("origin", {"options": {"origin": "https://@@"}}),
    ("subprotocol", {"options": {"subprotocol": "@@"}}),
    ("token", {"options": {"token": "@@"}}),
    ("path", {"path": "/@@"}),
    ("query", {"query": "a=@@"}),
]
CASES = [(scheme, *case) for scheme, cases in (("smtp", SMTP), ("http", HTTP), ("ws", WS)) for case in cases]


@pytest.mark.parametrize("gap", BREAKS, ids=list(BREAKS))
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("scheme", "what", "given"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_an_argument_is_refused(scheme: str, what: str, given: dict[str, Any], place: str, gap: str) -> None:
    async def main() -> None:
        async with House(f"{scheme}://127.0.0.1:0", accounts=["bob:secret"]) as house:
            endpoint = Endpoint.parse(f"{scheme}://127.0.0.1:{house.port}" + ("/bob@example.org" * (scheme == "smtp")))
            changes = {name: broken(given[name], place, BREAKS[gap]) for name in ("path", "query") if name in given}
            options = {name: broken(text, place, BREAKS[gap]) for name, text in given.get("options", {}).items()}
            endpoint = endpoint.replace(**changes).with_options(options.items())
            fields = {"topic": broken(given["topic"], place, BREAKS[gap])} if "topic" in given else {}
            await refused(house.network, "send", endpoint, "a message", **fields)
            assert EVIL.encode() not in house.sent.lower()
            assert not [one for one in house.asked() if EVIL in one.lower()]

    virtual(main())


@pytest.mark.parametrize("gap", BREAKS, ids=list(BREAKS))
class TestPlaces:
    """An endpoint, a proxy, a name: what the parser lets in and what is built without it."""

    def test_an_endpoint_has_none(self, gap: str) -> None:
        for text in (
            "http://h/a%sb",
            "http://h%s/",
            "smtp://u%s:p@h/",
            "smtp://u:p%s@h",
            "http://h/?a%sb",
            "ws://h/#a=%s",
            "unix:///a%s",
        ):
            with pytest.raises(UsageError):
                Endpoint.parse(text % BREAKS[gap])

    def test_nor_has_a_host_by_percent_encoding(self, gap: str) -> None:
        encoded = "".join(f"%{ord(character):02x}" for character in BREAKS[gap])
        with pytest.raises(UsageError):
            Endpoint.parse(f"http://h{encoded}x/")

    @pytest.mark.parametrize("proxy", ["http", "https", "socks4a", "socks5h", "socks4", "socks5"])
    def test_no_proxy_is_told_of_another_host(self, gap: str, proxy: str) -> None:
        async def main() -> None:
            async with House("tcp://127.0.0.1:0") as house:
                host = f"x{BREAKS[gap]}{EVIL}"
                house.network.names[host] = ["127.0.0.1"]
                endpoint = Endpoint.parse("tcp://h:7").replace(host=host)
                options = [("proxy", f"{proxy}://127.0.0.1:{house.port}#verify=no")]
                found = None
                try:
                    (found,) = await records(house.network, "send", endpoint.with_options(options), "x", deadline=3.0)
                except NetloomError:
                    pass
                else:
                    assert found.status != "success"  # type: ignore[attr-defined]  # a reply's record
                assert EVIL.encode() not in house.sent

        virtual(main())

    def test_no_name_for_tls(self, gap: str) -> None:
        async def main() -> None:
            network = Wire()
            async with House("tls://127.0.0.1:0", network=network) as house:
                target = Endpoint.parse(f"tls://127.0.0.1:{house.port}").with_options(
                    [("sni", f"localhost{BREAKS[gap]}x")]
                )
                await refused(network, "send", target, "x")

        virtual(main())

    @pytest.mark.parametrize("scheme", ["http", "ws"])
    def test_no_host_field_is_made_of_one(self, gap: str, scheme: str) -> None:
        async def main() -> None:
            async with House(f"{scheme}://127.0.0.1:0") as house:
                host = f"h{BREAKS[gap]}{EVIL}"
                house.network.names[host] = ["127.0.0.1"]
                await refused(
                    house.network, "send", Endpoint.parse(f"{scheme}://h:{house.port}").replace(host=host), "x"
                )
                assert EVIL.encode() not in house.sent

        virtual(main())

    def test_no_range_is_asked_for_so(self, gap: str) -> None:
        async def main() -> None:
            async with House("http://127.0.0.1:0") as house:
                for text in (f"0-{BREAKS[gap]}{EVIL}", f"0-9{BREAKS[gap]}"):
                    target = Endpoint.parse(f"http://127.0.0.1:{house.port}/").with_options([("range", text)])
                    await refused(house.network, "get", target)
                assert not house.sent

        virtual(main())

    def test_no_report_is_asked_for_so(self, gap: str) -> None:
        """RFC 3461: what isn't xtext by itself is encoded, and `notify` is a list of words."""
        delivery = {"NOTIFY": f"NEVER{BREAKS[gap]}", "RET": f"FULL{BREAKS[gap]}{EVIL}"}
        for name, value in delivery.items():
            with pytest.raises(LocalProtocolError):
                commands.emit_rcpt(commands.Rcpt(Mailbox("ann", "example.org"), {name: value}))
        assert encode_xtext(BREAKS[gap]).isprintable()

    def test_no_file_is_attached_under_such_a_name(self, gap: str) -> None:
        with pytest.raises((LocalProtocolError, UsageError)):
            compose(Message(payload=b"x"), "bob@example.org", SmtpOptions(attach=[f"/tmp/a{BREAKS[gap]}{EVIL}"]))

    def test_no_account_is_called_so(self, gap: str) -> None:
        with pytest.raises(UsageError):
            Accounts.from_texts([f"ann{BREAKS[gap]}bob:secret"])

    def test_no_smtp_command_is_made_of_it(self, gap: str) -> None:
        for command in (commands.Command("NOOP", f"a{BREAKS[gap]}b"), commands.Command(f"NO{BREAKS[gap]}OP", "")):
            with pytest.raises(LocalProtocolError):
                commands.emit(command)


@pytest.mark.parametrize("mechanism", ["plain"])
def test_a_nul_parts_what_plain_says_and_is_refused_in_it(mechanism: str) -> None:
    """RFC 4616 §2: authzid NUL authcid NUL passwd."""

    async def main() -> None:
        network = Wire()
        async with House("smtp://127.0.0.1:0#allow_plain_auth=yes", accounts=["bob:secret"], network=network) as house:
            for user, password in (("bob\0eve", "secret"), ("bob", "sec\0ret")):
                endpoint = Endpoint.parse(
                    f"smtp://127.0.0.1:{house.port}/bob@example.org#allow_plain_auth=yes,auth={mechanism},tls=never"
                )
                await refused(network, "send", endpoint.replace(user=user, password=Secret(password)), "x")
        assert b"AUTH" not in house.sent

    virtual(main())


@pytest.mark.parametrize("field", ["host", "user"])
def test_socks4_ends_its_texts_with_nul(field: str) -> None:
    values: dict[str, Any] = {"host": "example.org", "user": "ann"}
    values[field] += "\0x"
    with pytest.raises(LocalProtocolError):
        socks.ClientHandshake(socks.Request4(socks.Verb.CONNECT, values["host"], 80, values["user"]), None).start()


@pytest.mark.parametrize("path", ["/dns-query\r\nX-Pwned: yes", "/dns query", "/dns\nquery", "/dns\0query"])
def test_the_path_of_a_doh_service(path: str, tmp_path: Any) -> None:
    async def main() -> None:
        network = Wire()
        trust = tmp_path / "authority.pem"
        trust.write_bytes(AUTHORITY.certificate_pem)
        async with House("doh://127.0.0.1:0", network=network) as house:
            options = [("doh_path", path), ("ca", str(trust))]
            for version in ("1.1", "2"):
                target = Endpoint.parse(f"doh://127.0.0.1:{house.port}/example.test").with_options(
                    [*options, ("http", version)]
                )
                await refused(network, "get", target)
        assert not house.asked()

    virtual(main())


def test_a_mails_properties_are_headers_too() -> None:
    for name, value in (
        ("X-A", "b\r\nBcc: eve@example.org"),
        ("X-A\r\nBcc", "eve@example.org"),
        ("to", "a@b.org\r\nBcc: c@d.org"),
    ):
        with pytest.raises((LocalProtocolError, UsageError)):
            compose(Message(payload=b"x", properties={name: value}), "bob@example.org", SmtpOptions())


def test_what_a_client_says_of_itself_is_no_header_of_ours() -> None:
    """HELO's argument stands in Received: what isn't a name doesn't."""

    async def main() -> None:
        mail = Mail()
        async with House("smtp://127.0.0.1:0", mail) as house:
            stream = await house.raw()
            said = [
                "EHLO x([192.0.2.1]);evil",
                "MAIL FROM:<a@b.org>",
                "RCPT TO:<bob@c.org>",
                "DATA",
                "Subject: x",
                "",
                "text",
                ".",
            ]
            await stream.write("".join(f"{line}\r\n" for line in (*said, "QUIT")).encode())
            await everything(stream)
        (received,) = mail.received
        head = received.data.split(b"\r\n\r\n")[0]
        assert b"evil" not in head
        assert b"192.0.2.1" not in head
        assert head.count(b"Received:") == 1

    virtual(main())
