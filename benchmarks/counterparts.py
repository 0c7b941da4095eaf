"""The servers that tables meet: nginx, Knot and blackbox_exporter, configured for one core and a small answer."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.programs import Program, free_port, need

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench

BODY = "netloom: a small answer, the same for all\n"
QNAME = "www.example.com"
ZONE = """$ORIGIN example.com.
$TTL 300
@ IN SOA ns.example.com. hostmaster.example.com. 1 3600 600 86400 300
@ IN NS ns.example.com.
ns IN A 192.0.2.1
www IN A 192.0.2.80
www IN AAAA 2001:db8::80
mail IN A 192.0.2.25
@ IN MX 10 mail.example.com.
"""


@dataclass(frozen=True)
class Web:
    """A running web server, and where it is."""

    program: Program
    http: str
    https: str
    port: int
    tls_port: int


@dataclass(frozen=True)
class Certificate:
    """PEM files: the issuer to trust, the server's chain and its key."""

    ca: Path
    chain: Path
    key: Path


def certificate(bench: Bench) -> Certificate:
    """Issued for localhost by an authority that lives in the table's folder."""
    from netloom.links.authority import Authority

    authority = Authority.open(bench.folder / "authority")
    issued = authority.issue(["localhost", "127.0.0.1"])
    made = Certificate(bench.folder / "ca.pem", bench.folder / "chain.pem", bench.folder / "key.pem")
    made.ca.write_bytes((bench.folder / "authority" / "authority.pem").read_bytes())
    made.chain.write_bytes(issued.cert_pem)
    made.key.write_bytes(issued.key_pem)
    return made


def nginx(bench: Bench, core: int, *, tls: Certificate | None = None) -> Web:
    """One worker that answers `/` with BODY, in the clear and, with a certificate, over TLS 1.3 without resumption."""
    program = need("nginx", "nginx")
    port, tls_port = free_port(), free_port()
    root = bench.folder / "www"
    root.mkdir(exist_ok=True)
    (root / "index.html").write_text(BODY)
    secured = (
        f"""listen 127.0.0.1:{tls_port} ssl backlog=4096;
            ssl_certificate {tls.chain}; ssl_certificate_key {tls.key};
            ssl_protocols TLSv1.3; ssl_session_tickets off; ssl_session_cache off;"""
        if tls
        else ""
    )
    user = "user root;" if os.geteuid() == 0 else ""
    config = bench.write(
        f"nginx-{port}.conf",
        f"""daemon off; master_process off; worker_processes 1; {user} pid {bench.folder}/nginx-{port}.pid;
        error_log /dev/null;
        events {{ worker_connections 16384; }}
        http {{
          access_log off; keepalive_requests 1000000000; keepalive_timeout 600; default_type text/html;
          client_body_temp_path {bench.folder}; proxy_temp_path {bench.folder}; fastcgi_temp_path {bench.folder};
          uwsgi_temp_path {bench.folder}; scgi_temp_path {bench.folder}; open_file_cache max=100;
          server {{ listen 127.0.0.1:{port} backlog=4096; {secured} root {root}; }}
        }}""",
    )
    started = bench.start(Program([program, "-p", str(bench.folder), "-c", str(config)], core))
    started.wait_for(port)
    return Web(started, f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{tls_port}/", port, tls_port)


def _free_in_both() -> int:
    """A port that is free for TCP and for UDP: a name server wants both."""
    for _ in range(50):
        port = free_port(socket.SOCK_STREAM)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, contextlib.suppress(OSError):
            other.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free for both TCP and UDP")


def knot(bench: Bench, core: int) -> tuple[Program, int]:
    """An authoritative server of ZONE with one worker; and its port."""
    program = need("knotd", "knot")
    port = _free_in_both()
    bench.write("example.com.zone", ZONE)
    config = bench.write(
        "knot.conf",
        f"""server:
    rundir: "{bench.folder}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{bench.folder}"
template:
  - id: default
    storage: "{bench.folder}"
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: example.com
    file: example.com.zone
""",
    )
    return bench.start(Program([program, "-c", str(config)], core)).wait_for(port), port


def blackbox(bench: Bench, core: int, ca: Path) -> tuple[Program, int]:
    """prometheus-blackbox-exporter with a module for each protocol; and its port."""
    program = need("prometheus-blackbox-exporter", "prometheus-blackbox-exporter")
    port = free_port()
    config = bench.write(
        "blackbox.yml",
        f"""modules:
  tcp: {{prober: tcp, timeout: 5s}}
  http: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4}}}}
  https: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: "{ca}"}}}}}}
  dns: {{prober: dns, timeout: 5s, dns: {{query_name: "{QNAME}", query_type: A, preferred_ip_protocol: ip4}}}}
""",
    )
    command = [program, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    return bench.start(Program(command, core)).wait_for(port), port
