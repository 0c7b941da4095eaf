"""Foreign syslog on 127.0.0.1: rsyslog, syslog-ng and Perl's Net::Syslogd as collectors; rsyslog as a forwarder."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from netloom.links.authority import Authority
from tests.interop.peers import READY, free_port, need, running, wait_for_port, wait_for_udp

if TYPE_CHECKING:
    from collections.abc import Iterator

AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])
UNPACKED = Path("/opt/netloom-counterparts")
"""Where syslog-ng is unpacked: Debian lets only one of it and rsyslog be installed."""


def write_certificate(folder: Path) -> tuple[Path, Path, Path]:
    """The authority, and a certificate with its key for localhost and 127.0.0.1."""
    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    parts = AUTHORITY.certificate_pem, CERTIFICATE.cert_pem, CERTIFICATE.key_pem
    for path, content in zip(paths, parts, strict=True):
        path.write_bytes(content)
    return paths


class Collector:
    """A foreign collector: its ports, and the file into which it writes a JSON object a message."""

    def __init__(self, file: Path, **ports: int) -> None:
        self.file = file
        self.ports = ports

    def messages(self, count: int) -> list[dict[str, Any]]:
        """The messages that it took, once there are so many."""
        until = time.monotonic() + READY
        while True:
            written = self.file.read_bytes() if self.file.exists() else b""
            lines = written.split(b"\n")[:-1]  # the last may still be on its way
            if len(lines) >= count:
                return [json.loads(line) for line in lines]
            if time.monotonic() > until:
                pytest.fail(f"{len(lines)} of {count} messages came: {lines}")
            time.sleep(0.02)


# rsyslog


def _rsyslog(folder: Path, config: str) -> tuple[list[str], Path]:
    rsyslogd = need("rsyslogd", "rsyslog")
    path = folder / "rsyslog.conf"
    path.write_text(f'global(workDirectory="{folder}" maxMessageSize="64k")\n{config}', encoding="utf-8")
    return [rsyslogd, "-n", "-f", str(path), "-i", str(folder / "rsyslog.pid")], folder / "rsyslog.log"


_TLS = """
global(DefaultNetstreamDriverCAFile="{0}" DefaultNetstreamDriverCertFile="{1}" DefaultNetstreamDriverKeyFile="{2}")
"""


@contextlib.contextmanager
def rsyslog(folder: Path, *, secure: bool = False) -> Iterator[Collector]:
    """rsyslog as a collector, over UDP and TCP, or over TLS."""
    out, tcp = folder / "out.json", free_port()
    config = f"""
        template(name="json" type="list") {{ property(name="jsonmesg") constant(value="\\n") }}
        action(type="omfile" file="{out}" template="json" flushOnTXEnd="on")
    """
    udp = 0
    if secure:
        config = f"""{_TLS.format(*write_certificate(folder))}
            module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
            input(type="imtcp" address="127.0.0.1" port="{tcp}") {config}"""
    else:
        udp = free_port()
        config = f"""module(load="imudp") input(type="imudp" address="127.0.0.1" port="{udp}")
            module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="{tcp}") {config}"""
    command, log = _rsyslog(folder, config)
    with running(command, log) as process:
        wait_for_port(process, log, tcp)
        if udp:
            wait_for_udp(process, log, udp)
        yield Collector(out, tcp=tcp, udp=udp)


@contextlib.contextmanager
def rsyslog_forwarder(folder: Path, action: str, *, secure: bool = False) -> Iterator[int]:
    """rsyslog that takes datagrams at a port and passes them on by an `omfwd` with these parameters."""
    port = free_port()
    config = f"""{_TLS.format(*write_certificate(folder)) if secure else ""}
        module(load="imudp") input(type="imudp" address="127.0.0.1" port="{port}")
        action(type="omfwd" {action})
    """
    command, log = _rsyslog(folder, config)
    with running(command, log) as process:
        wait_for_udp(process, log, port)
        yield port


# syslog-ng


def _unpacked(program: str) -> tuple[str, dict[str, str]]:
    """A program of syslog-ng's, and the environment in which it runs."""
    installed = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if installed:
        return installed, {}
    found = next(
        (path for path in (UNPACKED / "usr/sbin" / program, UNPACKED / "usr/bin" / program) if path.exists()), None
    )
    if found is None:
        return need(program, f"syslog-ng-core, or unpack it into {UNPACKED}"), {}
    places = [
        *(UNPACKED / "usr/lib").glob("*-linux-gnu"),
        UNPACKED / "usr/lib/syslog-ng",
        *(UNPACKED / "lib").glob("*-linux-gnu"),
    ]
    return str(found), {"LD_LIBRARY_PATH": ":".join(map(str, places)), "SYSLOGNG_PREFIX": str(UNPACKED / "usr")}


@contextlib.contextmanager
def syslog_ng(folder: Path) -> Iterator[Collector]:
    """syslog-ng as a collector: RFC 3164 over UDP and TCP, RFC 5424 counted over TCP and TLS."""
    program, environment = _unpacked("syslog-ng")
    out = folder / "out.json"
    ports = {name: free_port() for name in ("udp", "tcp", "counted", "tls")}
    _, cert, key = write_certificate(folder)
    tls = f'tls(key-file("{key}") cert-file("{cert}") peer-verify(optional-untrusted))'
    config = folder / "syslog-ng.conf"
    config.write_text(
        f"""@version: 3.38
        options {{ keep-hostname(yes); use-dns(no); }};
        source s {{
            network(ip("127.0.0.1") port({ports["udp"]}) transport("udp"));
            network(ip("127.0.0.1") port({ports["tcp"]}) transport("tcp"));
            syslog(ip("127.0.0.1") port({ports["counted"]}) transport("tcp"));
            syslog(ip("127.0.0.1") port({ports["tls"]}) transport("tls") {tls});
        }};
        template t {{ template(
            "$(format-json --scope rfc5424 --key SDATA --pair facility=$FACILITY severity=$LEVEL)\\n"); }};
        destination d {{ file("{out}" template(t) flush-lines(1)); }};
        log {{ source(s); destination(d); }};
        """,
        encoding="utf-8",
    )
    modules = UNPACKED / "usr/lib/syslog-ng/3.38"
    command = [
        program, "-F", "--no-caps", "-f", str(config), "-R", str(folder / "persist"), "-p", str(folder / "pid"),
        "-c", str(folder / "ctl"), *([f"--module-path={modules}"] if environment else []),
    ]  # fmt: skip
    log = folder / "syslog-ng.log"
    with running(command, log, env={**os.environ, **environment}) as process:
        for name in ("tcp", "counted", "tls"):
            wait_for_port(process, log, ports[name])
        wait_for_udp(process, log, ports["udp"])
        yield Collector(out, **ports)


def loggen(port: int, *options: str) -> None:
    """syslog-ng's load generator sends some messages to 127.0.0.1."""
    program, environment = _unpacked("loggen")
    command = [program, *options, "127.0.0.1", str(port)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, timeout=READY, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


# Net::Syslogd

_PERL = """
use strict; use JSON::PP; use Net::Syslogd; $| = 1;
my $server = Net::Syslogd->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0]) or die Net::Syslogd->error;
while (1) {
    my $message = $server->get_message() or next;
    $message->process_message();
    print encode_json({map { $_ => $message->$_ } qw(facility severity time hostname message)}), "\\n";
}
"""


@contextlib.contextmanager
def net_syslogd(folder: Path) -> Iterator[Collector]:
    """Perl's Net::Syslogd over UDP."""
    perl, port, out = need("perl", "perl"), free_port(), folder / "out.json"
    if subprocess.run([perl, "-MNet::Syslogd", "-e", "1"], capture_output=True, check=False).returncode:
        need("Net::Syslogd", "libnet-syslogd-perl")
    with running([perl, "-e", _PERL, str(port)], out) as process:
        wait_for_udp(process, out, port)
        yield Collector(out, udp=port)
