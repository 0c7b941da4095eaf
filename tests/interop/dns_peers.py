"""Foreign name servers, each on a port of 127.0.0.1 that is free in UDP and TCP: Knot and BIND, with the same zone."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from netloom.links.authority import Authority
from tests.interop.peers import free_port, need, running, wait_for_port, wait_for_words

if TYPE_CHECKING:
    from collections.abc import Iterator

AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])
KEY, SECRET = "loom", "c2hhcmVkIHNlY3JldCBvZiB0aGUgdHdvIG9mIHVz"
MANY = 95
ZONE = """\
$ORIGIN example.test.
$TTL 300
@       IN SOA   ns1 hostmaster 2026112001 3600 900 604800 60
        IN NS    ns1
        IN MX    10 mail
        IN MX    20 mail2.Example.TEST.
        IN TXT   "v=spf1 -all" "second \\"string\\""
        IN CAA   0 issue "ca.example.net"
ns1     IN A     127.0.0.1
www     IN A     192.0.2.80
        IN A     192.0.2.81
        IN AAAA  2001:db8::80
        IN HTTPS 1 . alpn="h2,http/1.1"
mail    IN A     192.0.2.25
alias   IN CNAME www
_sip._tcp IN SRV 10 60 5060 www
*.wild  IN TXT   "any name"
host    IN SSHFP 1 1 aa549bfe898489c02d1715d97d79c57ba2fa76ab
        IN NAPTR 100 50 "s" "http+I2R" "" _http._tcp
        IN LOC   60 9 0.000 N 24 39 0.000 E 10.00m 20.00m 2000.00m 20.00m
        IN URI   10 1 "ftp://ftp.example.test/public"
        IN TLSA  3 1 1 a9cdf989b504fe5dca90c0d2167b6550570734f7c763e09fdf88904e06157065
        IN TYPE65400 \\# 3 0102ff
""" + "".join(f"many    IN A     198.51.100.{number}\n" for number in range(MANY))
"""`many` has more addresses than a datagram takes, and no more than BIND allows (100)."""


class Place(msgspec.Struct, frozen=True):
    """A server that is ready, and its ports."""

    port: int
    tls: int = 0
    https: int = 0
    ca: str = ""


def free_in_both() -> int:
    """A port that was free in UDP and TCP a moment ago."""
    while True:
        port = free_port(socket.SOCK_DGRAM)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def open_directory() -> Iterator[Path]:
    """A directory that a daemon which gave up root may still enter, unlike pytest's own."""
    root = Path(tempfile.mkdtemp(prefix="netloom-dns-"))
    root.chmod(0o777)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def knot() -> Iterator[Place]:
    """Knot DNS, which signs the zone (DNSSEC) and takes updates and transfers from loopback, or with the key."""
    program = need("knotd", "knot")
    with open_directory() as root:
        port = free_in_both()
        (root / "db").mkdir()
        (root / "example.test.zone").write_text(ZONE)
        (root / "knot.conf").write_text(f"""\
server:
  rundir: {root}
  listen: 127.0.0.1@{port}
  nsid: knot-loom
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: {root}/db
log:
  - target: stderr
    any: info
key:
  - id: {KEY}
    algorithm: hmac-sha256
    secret: {SECRET}
acl:
  - id: loopback
    address: 127.0.0.1
    action: [transfer, update]
  - id: key
    key: {KEY}
    action: [transfer, update]
zone:
  - domain: example.test
    storage: {root}
    file: example.test.zone
    zonefile-sync: -1
    zonefile-load: difference
    journal-content: changes
    dnssec-signing: on
    acl: [loopback, key]
""")
        log = root / "log"
        with running([program, "-c", root / "knot.conf"], log) as process:
            wait_for_words(process, log, "[example.test.] loaded")
            wait_for_port(process, log, port)
            yield Place(port)


@contextlib.contextmanager
def bind() -> Iterator[Place]:
    """BIND, over UDP, TCP, TLS and HTTPS; updates and transfers need the key."""
    program = need("named", "bind9")
    with open_directory() as root:
        port, tls, https = free_in_both(), free_port(), free_port()
        (root / "example.test.zone").write_text(ZONE)
        (root / "cert.pem").write_bytes(CERTIFICATE.cert_pem)
        (root / "key.pem").write_bytes(CERTIFICATE.key_pem)
        (root / "ca.pem").write_bytes(AUTHORITY.certificate_pem)
        (root / "named.conf").write_text(f"""\
tls own {{ cert-file "{root}/cert.pem"; key-file "{root}/key.pem"; }};
http own {{ endpoints {{ "/dns-query"; }}; }};
options {{
  directory "{root}";
  pid-file none;
  session-keyfile "{root}/session.key";
  managed-keys-directory "{root}";
  server-id "bind-loom";
  recursion no;
  dnssec-validation no;
  empty-zones-enable no;
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on port {tls} tls own {{ 127.0.0.1; }};
  listen-on port {https} tls own http own {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  querylog no;
}};
controls {{ }};
key "{KEY}" {{ algorithm hmac-sha256; secret "{SECRET}"; }};
zone "example.test" {{
  type primary;
  file "{root}/example.test.zone";
  allow-transfer {{ key {KEY}; }};
  allow-update {{ key {KEY}; }};
  ixfr-from-differences yes;
}};
""")
        log = root / "log"
        with running([program, "-g", "-c", root / "named.conf", "-n", "1"], log) as process:
            wait_for_words(process, log, "all zones loaded")
            for each in (port, tls, https):
                wait_for_port(process, log, each)
            yield Place(port, tls, https, str(root / "ca.pem"))
