"""Mail stores that speak IMAP and POP3, each on ports of 127.0.0.1: Dovecot, Cyrus and Twisted's; and ours."""

from __future__ import annotations

import atexit
import contextlib
import os
import pwd
import shutil
import sys
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from netloom.accounts import Account, Accounts
from netloom.endpoint import Endpoint, Secret
from netloom.links.authority import Authority
from netloom.serving import Serving
from tests.interop.cyrus_peer import cyrus_master
from tests.interop.peers import free_port, need, running, wait_for_port, wait_for_words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from netloom.contents.mail import Mail

USER, PASSWORD = "ann", 'can4ry pa55:w"rd'
AUTHORITY = Authority.create()
CERTIFICATE = AUTHORITY.issue(["localhost", "127.0.0.1"])


SCHEMES = ("imap", "imaps", "pop3", "pop3s")


class Place(msgspec.Struct, frozen=True):
    """A store that is ready: its ports by scheme, and where its Maildirs are."""

    ports: dict[str, int]
    mails: Path | None = None

    def url(self, way: str, protocol: str, place: str = "", options: str = "") -> str:
        """An endpoint for ann, `way` being plain, starttls or tls; nothing unproved is trusted."""
        scheme = protocol + "s" * (way == "tls")
        user = f"{USER}:{quote(PASSWORD, safe='')}"
        mode = {"plain": ",tls=never", "starttls": ",tls=starttls", "tls": ""}[way]
        return f"{scheme}://{user}@localhost:{self.ports[scheme]}{place}#ca={CA}{mode}{options}"


CA = Path(tempfile.mkdtemp(prefix="netloom-ca-")) / "ca.pem"
CA.write_bytes(AUTHORITY.certificate_pem)
atexit.register(shutil.rmtree, CA.parent, ignore_errors=True)


_CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
auth_mechanisms = plain login cram-md5 scram-sha-256
mail_location = maildir:{root}/mails/%u
mail_access_groups =
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {root}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mails/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_failure_delay = 0 secs
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""


@contextlib.contextmanager
def dovecot(seed: dict[str, Path] | None = None) -> Iterator[Place]:
    """A Dovecot with its own configuration and Maildirs. `seed` are Maildirs to serve, by account."""
    program = need("dovecot", "dovecot-imapd")
    need("doveadm", "dovecot-core")
    root = Path(tempfile.mkdtemp(prefix="netloom-dovecot-"))
    try:
        root.chmod(0o755)
        (root / "mails").mkdir()
        for name, place in (seed or {}).items():
            shutil.copytree(place, root / "mails" / name)
        ports = {scheme: free_port() for scheme in SCHEMES}
        _write(root, ports)
        log = root / "log"
        with running([program, "-F", "-c", root / "dovecot.conf"], root / "starter") as process:
            for port in ports.values():
                wait_for_port(process, root / "starter", port)
            yield Place(ports, root / "mails")
        if log.exists():
            print(log.read_text(errors="replace")[-4000:])  # shown where a test fails
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _write(root: Path, ports: dict[str, int]) -> None:
    own = pwd.getpwuid(os.geteuid()).pw_name
    root_runs = os.geteuid() == 0
    mail_user = pwd.getpwnam("nobody") if root_runs else pwd.getpwuid(os.geteuid())
    names = {"internal": "dovecot", "internal_group": "dovecot", "login": "dovenull"}
    if not root_runs:
        names = {"internal": own, "internal_group": own, "login": own}
    (root / "dovecot.conf").write_text(
        _CONFIG.format(
            root=root,
            uid=mail_user.pw_uid,
            gid=mail_user.pw_gid,
            **ports,
            **names,
        )
    )
    (root / "cert.pem").write_bytes(CERTIFICATE.cert_pem)
    (root / "key.pem").write_bytes(CERTIFICATE.key_pem)
    coded = b64encode(PASSWORD.encode()).decode()  # the file's fields are parted by colons
    (root / "passwd").write_text(f"{USER}:{{PLAIN.B64}}{coded}\n")
    if root_runs:
        shutil.chown(root / "mails", "nobody", "nogroup")
        for folder, _, files in os.walk(root / "mails"):
            for name in ("", *files):
                shutil.chown(Path(folder) / name, "nobody", "nogroup")


@contextlib.contextmanager
def twisted() -> Iterator[Place]:
    """Twisted's IMAP and POP3 servers: STARTTLS for IMAP, TLS from the start for both, one mailbox for both."""
    with tempfile.TemporaryDirectory(prefix="netloom-twisted-") as folder:
        root = Path(folder)
        (root / "cert.pem").write_bytes(CERTIFICATE.cert_pem)
        (root / "key.pem").write_bytes(CERTIFICATE.key_pem)
        script = Path(__file__).with_name("mail_twisted.py")
        with running([sys.executable, script, root, USER, PASSWORD], root / "log") as process:
            wait_for_words(process, root / "log", "ready ")
            told = next(line for line in (root / "log").read_text().splitlines() if "ready " in line)
            yield Place(dict(zip(SCHEMES, map(int, told.partition("ready ")[2].split()), strict=True)))
            print((root / "log").read_text()[-4000:])  # shown where a test fails


@contextlib.contextmanager
def cyrus() -> Iterator[Place]:
    """Cyrus IMAP: STARTTLS, TLS from the start, SCRAM."""
    with cyrus_master(USER, PASSWORD, CERTIFICATE) as ports:
        yield Place(ports)


STORES = {"Dovecot": dovecot, "Cyrus": cyrus, "Twisted": twisted}


@contextlib.asynccontextmanager
async def ours(mail: Mail) -> AsyncIterator[Place]:
    """Our own servers of one content: each protocol with STARTTLS, and with TLS from the start."""
    endpoints = [Endpoint.parse(f"{scheme}://127.0.0.1:0") for scheme in SCHEMES]
    accounts = Accounts([Account(name=USER, password=Secret(PASSWORD))])
    async with Serving(endpoints, [mail], accounts, authority=AUTHORITY) as serving:
        yield Place({endpoint.scheme: endpoint.port or 0 for endpoint in serving.endpoints})
