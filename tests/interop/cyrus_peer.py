"""Cyrus IMAP on ports of 127.0.0.1, with a configuration of its own.

Debian lets only one of it and Dovecot be installed: its IMAP and POP3 servers are unpacked elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.interop.peers import free_port, need, running, wait_for_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netloom.links.authority import Issued

_IMAPD = """\
configdirectory: {root}/conf
partition-default: {root}/spool
defaultpartition: default
servername: localhost
altnamespace: yes
unixhierarchysep: yes
autocreate_quota: 0
allowplaintext: no
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {root}/sasldb2
sasl_mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256
tls_server_cert: {root}/cert.pem
tls_server_key: {root}/key.pem
proc_path: {root}/proc
mboxname_lockpath: {root}/lock
idlesocket: {root}/idle
notifysocket: {root}/notify
lmtpsocket: {root}/lmtp
imapidlepoll: 1
popminpoll: 0
failedloginpause: 0
popuseacl: no
"""
_MASTER = """\
START {{
  recover cmd="{common}/ctl_cyrusdb -C {root}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{servers}/imapd -C {root}/imapd.conf" listen="127.0.0.1:{imap}" prefork=0
  imaps cmd="{servers}/imapd -C {root}/imapd.conf -s" listen="127.0.0.1:{imaps}" prefork=0
  pop3 cmd="{servers}/pop3d -C {root}/imapd.conf" listen="127.0.0.1:{pop3}" prefork=0
  pop3s cmd="{servers}/pop3d -C {root}/imapd.conf -s" listen="127.0.0.1:{pop3s}" prefork=0
}}
EVENTS {{
}}
DAEMON {{
}}
"""
COMMON = Path("/usr/lib/cyrus/bin")
UNPACKED = Path("/opt/netloom-counterparts/usr/lib/cyrus/bin")


@contextlib.contextmanager
def cyrus_master(user: str, password: str, certificate: Issued) -> Iterator[dict[str, int]]:
    """Its ports by scheme. Passwords as they are go over TLS only; a mailbox is made at the first login."""
    master = need(str(COMMON / "master"), "cyrus-common")
    for program in ("imapd", "pop3d"):
        need(str(UNPACKED / program), f"nothing; make deps unpacks cyrus-{program}")
    saslpasswd = need("saslpasswd2", "sasl2-bin")
    if os.geteuid() != 0:
        pytest.skip("Cyrus becomes the user cyrus, which only root can")
    root = Path(tempfile.mkdtemp(prefix="netloom-cyrus-"))
    try:
        ports = {scheme: free_port() for scheme in ("imap", "imaps", "pop3", "pop3s")}
        for name in ("conf", "spool", "proc", "lock"):
            (root / name).mkdir()
        (root / "imapd.conf").write_text(_IMAPD.format(root=root))
        (root / "cyrus.conf").write_text(_MASTER.format(root=root, servers=UNPACKED, common=COMMON, **ports))
        (root / "cert.pem").write_bytes(certificate.cert_pem)
        (root / "key.pem").write_bytes(certificate.key_pem)
        set_password = [saslpasswd, "-p", "-c", "-f", str(root / "sasldb2"), "-u", "localhost", user]
        subprocess.run(set_password, input=password.encode(), check=True, timeout=60)
        for place in (root, *root.rglob("*")):
            shutil.chown(place, "cyrus", "mail")
        command: list[str | Path] = [
            master,
            "-C",
            root / "imapd.conf",
            "-M",
            root / "cyrus.conf",
            "-p",
            root / "pid",
            "-D",
        ]
        with running(command, root / "log", cwd=root) as process:
            for port in ports.values():
                wait_for_port(process, root / "log", port)
            yield ports
            print((root / "log").read_text(errors="replace")[-4000:])  # shown where a test fails
    finally:
        shutil.rmtree(root, ignore_errors=True)
