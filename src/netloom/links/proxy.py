"""Proxies on the way: SOCKS 5 and 4a, HTTP CONNECT and SSH jump, chained, by option or from the usual variables."""

from __future__ import annotations

import base64
import functools
import ipaddress
import os
import re
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

import msgspec

from netloom.endpoint import Endpoint, Secret, suggest
from netloom.errors import (
    LocalProtocolError,
    NetloomError,
    PeerRefused,
    Phase,
    RemoteProtocolError,
    Unauthenticated,
    UsageError,
)
from netloom.links.network import describe
from netloom.links.options import LinkOptions
from netloom.links.resolve import ascii_name
from netloom.links.tap import DialogueLayer
from netloom.wire import socks

if TYPE_CHECKING:
    from netloom.links.dial import Dialler
    from netloom.links.stream import Stream

S = TypeVar("S", bound=msgspec.Struct)
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"socks5": 1080, "socks5h": 1080, "socks4": 1080, "socks4a": 1080, "http": 80, "https": 443, "ssh": 22}
_VARIABLES = {
    "http": "http_proxy",
    "ws": "http_proxy",
    "https": "https_proxy",
    "wss": "https_proxy",
    "doh": "https_proxy",
}
_AUTHORITY = re.compile(r"[!-~]+")
_BOOLS = {"": "true", "yes": "true", "on": "true", "no": "false", "off": "false"}


def chain(options: LinkOptions, place: Endpoint) -> list[Endpoint]:
    """The proxies to go through, nearest first: the option's, else the environment's (NO_PROXY respected)."""
    texts = [text for text in options.proxy if text]
    if texts == ["none"] or place.socket:
        return []
    if not texts:
        texts = _environment(place)
    hops = []
    for text in texts:
        hop = Endpoint.parse(text)
        if hop.scheme not in _PORTS:
            raise UsageError(f"{hop.scheme}:// is no kind of proxy", hint=f"proxies: {', '.join(_PORTS)}")
        if not hop.host:
            raise UsageError(f"{hop} names no proxy", hint=f"{hop.scheme}://HOST:PORT")
        hops.append(hop if hop.port is not None else hop.replace(port=_PORTS[hop.scheme]))
    return hops


def _environment(place: Endpoint) -> list[str]:
    if _excluded(place.host, place.port):
        return []
    for name in (_VARIABLES.get(place.scheme, ""), "all_proxy"):
        value = _variable(name) if name else ""
        if value:
            return [value if "://" in value else f"http://{value}"]
    return []


def _variable(name: str) -> str:
    """A variable in small letters, or in capitals. HTTP_PROXY in capitals could be set by a request to a CGI program
    (CVE-2016-5385), so that only the small one counts there."""
    if os.environ.get(name):
        return os.environ[name]
    if name == "http_proxy" and "REQUEST_METHOD" in os.environ:
        return ""
    return os.environ.get(name.upper(), "")


def _excluded(host: str, port: int | None) -> bool:
    """Loopback never goes through an environment's proxy; NO_PROXY lists names with all below them, addresses,
    networks, each with a port or without, or `*`."""
    if _is_loopback(host):
        return True
    address = _address(host)
    listed = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").lower()
    return any(_matches(item.strip(), host, address, port) for item in listed.split(",") if item.strip())


@functools.lru_cache(maxsize=4096)
def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host in ("", "localhost") or host.endswith(".localhost") or (address is not None and address.is_loopback)


def _matches(item: str, host: str, address: IPAddress | None, port: int | None) -> bool:
    if item == "*":
        return True
    only = ""
    if item.startswith("["):
        item, _, only = item[1:].partition("]")
    elif item.count(":") == 1:
        item, _, only = item.partition(":")
    if only and only.lstrip(":") != str(port):
        return False
    if address is not None:
        try:
            return address in ipaddress.ip_network(item, strict=False)
        except ValueError:
            return False
    name = item.removeprefix("*").removeprefix(".")
    return bool(name) and (host == name or host.endswith("." + name))


def _address(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def told(hop: Endpoint, kind: type[S]) -> S:
    """What a proxy's own fragment says: `https://proxy#verify=no`. Options of the target aren't the proxy's."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, text in hop.options:
        if name not in hints:
            raise UsageError(f"{name!r} is no option of the proxy {hop}", hint=suggest(name, hints))
        if hints[name] is bool:
            values[name] = _BOOLS.get(text.lower(), text)
        elif getattr(hints[name], "__origin__", None) is tuple:
            values.setdefault(name, []).append(text)
        else:
            values[name] = text
    try:
        return msgspec.convert(values, kind, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise UsageError(f"proxy {hop}: {error}") from None


def _secret(kind: type, value: Any) -> Secret:
    """The only type among options that isn't plain."""
    return Secret(str(value))


async def through(dial: Dialler, hops: list[Endpoint], place: Endpoint) -> Stream:
    """A stream to `place` by way of the proxies. Raises PeerRefused, naming the proxy, where one says no."""
    if place.port is None:
        raise UsageError(f"{place.scheme}:// has no usual port: {place} needs one")
    options = dial.options
    if options.resolve:  # it is about the target: the proxy is told the address instead of the name
        place = place.replace(host=options.resolve.split(";")[0].strip("[]"))
    places = [await _located(hop) for hop in hops] + [place]
    stream = await _near(dial, places[0])
    narrates = _hush(stream)
    for hop, target in zip(hops, places[1:], strict=True):
        stream = await _pass(dial, stream, hop, (target.host or "127.0.0.1", target.port or _PORTS[target.scheme]))
    if narrates and dial.trace.dialogue is not None:
        DialogueLayer.under(stream, dial.trace.dialogue())
    return stream


async def _near(dial: Dialler, hop: Endpoint) -> Stream:
    """The first proxy; addresses that were given for the target aren't its own."""
    if not dial.options.resolve:
        return await dial.direct(hop)
    options = msgspec.structs.replace(dial.options, resolve="")
    return dial.adopt(await type(dial)(dial.network, hop, options, dial.trace, recording=dial.recording).direct(hop))


async def _located(hop: Endpoint) -> Endpoint:
    if hop.scheme != "ssh":
        return hop
    from netloom.links.ssh import located

    return await located(hop)


def _hush(stream: Stream) -> bool:
    """Take the narrator off: what is said to proxies, passwords among it, isn't the target's dialogue."""
    layer: Any = stream.transport
    if not isinstance(layer, DialogueLayer):
        return False
    stream.transport = layer.lower
    layer.lower.set_protocol(stream)
    return True


async def _pass(dial: Dialler, stream: Stream, hop: Endpoint, to: tuple[str, int]) -> Stream:
    """One proxy more behind us. What it does to the time belongs to phase proxy, TLS with it apart."""
    if hop.scheme == "ssh":
        from netloom.links.ssh import jump

        return await jump(dial, stream, hop, *to)
    if hop.scheme == "https":
        await _secure(dial, stream, hop)
    dial.trace.enter(Phase.PROXY)
    try:
        if hop.scheme in ("http", "https"):
            await _http_connect(stream, hop, *to)
        else:
            await _socks(stream, hop, *await _resolved(dial, hop, *to))
    except NetloomError as error:
        if str(hop) not in error.message:
            error.message = f"{hop}: {error.message}"
            error.args = (error.message,)
        raise
    return stream


async def _secure(dial: Dialler, stream: Stream, hop: Endpoint) -> None:
    """TLS with the proxy itself, by its own options."""
    own = type(dial)(dial.network, hop, told(hop, LinkOptions), dial.trace, recording=dial.recording)
    await own.secure(stream, endpoint=hop)


async def _http_connect(stream: Stream, hop: Endpoint, host: str, port: int) -> None:
    """RFC 9110 §9.3.6."""
    authority = f"[{host}]:{port}" if ":" in host else f"{ascii_name(host)}:{port}"
    if not _AUTHORITY.fullmatch(authority):
        raise LocalProtocolError(f"{authority[:80]!r} is no place to connect to", rule="RFC 9112 §3.2.3")
    request = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n"
    if hop.user:
        password = hop.password.reveal() if hop.password else ""
        proof = base64.b64encode(f"{hop.user}:{password}".encode()).decode()
        request += f"Proxy-Authorization: Basic {proof}\r\n"
    await stream.write(request.encode("ascii") + b"\r\n")
    # An interim answer (RFC 9110 §15.2) may come before the one that counts.
    code = b"100"
    rest = b""
    while code[:1] == b"1":
        head = await stream.parse(_head)
        version, _, rest = head.split(b"\r\n", 1)[0].partition(b" ")
        code = rest[:3]
        if not version.startswith(b"HTTP/1.") or len(code) != 3 or not code.isdigit():
            raise RemoteProtocolError(f"{hop} isn't an HTTP proxy: it answered {head[:40]!r}", rule="RFC 9112 §4")
    if code[:1] == b"2":
        return
    words = f"{hop} refused to connect to {authority}: {rest.decode('latin-1').strip()}"
    if code == b"407":
        hint = "give the proxy a user and a password: http://user:password@proxy:port"
        raise Unauthenticated(words, code=407, text=rest[4:].decode("latin-1").strip(), hint=hint)
    raise PeerRefused(words, code=int(code), text=rest[4:].decode("latin-1").strip())


def _head(data: bytes) -> tuple[bytes, int] | None:
    """An answer's head; what can't become one is given as it stands."""
    end = data.find(b"\r\n\r\n")
    if end >= 0:
        return data[: end + 4], end + 4
    return (data, 0) if data and not data.startswith(b"HTTP/1."[: len(data)]) else None


async def _resolved(dial: Dialler, hop: Endpoint, host: str, port: int) -> tuple[str, int]:
    """As curl has it: socks5h and socks4a let the proxy resolve a name, socks5 and socks4 resolve it here."""
    if hop.scheme in ("socks5h", "socks4a") or _address(host):
        return host, port
    dial.trace.enter(Phase.RESOLVE)
    family = "4" if hop.scheme == "socks4" else dial.options.family
    found = await dial.network.resolve(host, port, family, "")
    dial.trace.enter(Phase.PROXY)
    return describe(found[0])[1].partition("%")[0], port


async def _socks(stream: Stream, hop: Endpoint, host: str, port: int) -> None:
    """SOCKS 5 (RFC 1928), or 4 and 4a."""
    credentials = None
    name = host if _address(host) else ascii_name(host)
    request: socks.Request | socks.Request4
    if hop.scheme in ("socks4", "socks4a"):
        request = socks.Request4(socks.Verb.CONNECT, name, port, hop.user)
    else:
        request = socks.Request(socks.Verb.CONNECT, name, port)
        if hop.user:
            credentials = socks.Credentials(hop.user, hop.password.reveal() if hop.password else "")
    handshake = socks.ClientHandshake(request, credentials)
    await stream.write(handshake.start())
    while handshake.reply is None:
        # Octet by octet: what follows the last reply belongs to the tunnel and stays in the stream.
        answer = handshake.receive(await stream.read_exactly(1))
        if answer:
            await stream.write(answer)
