"""Mail stores over the same letters: Dovecot's, and ours."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.programs import Missing, Program, free_port, need

if TYPE_CHECKING:
    from benchmarks.bench import Bench

USER, PASSWORD = "ann", "looking-glass"
_CONFIG = """base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{root}/mails/%u
mail_access_groups =
default_internal_user = {internal}
default_internal_group = {internal}
default_login_user = {login}
first_valid_uid = 1
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {root}/passwd
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={root}/mails/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def letters(place: Path, count: int, size: int) -> None:
    """A Maildir of so many letters of about so many bytes, every third of them unseen: the same ones every time."""
    chance = random.Random(1)
    for name in ("tmp", "new", "cur"):
        (place / name).mkdir(parents=True)
    words = ["the", "loom", "crosses", "warp", "and", "weft", "and", "what", "is", "woven", "keeps", "a", "while"]
    for number in range(count):
        letter = EmailMessage()
        letter["From"] = f"Sender {number % 40} <sender{number % 40}@example.org>"
        letter["To"] = "Ann <ann@example.com>, Bob <bob@example.com>"
        letter["Subject"] = f"Letter {number}: {' '.join(chance.choices(words, k=5))}"
        letter["Date"] = format_datetime(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=17 * number))
        letter["Message-ID"] = f"<{number}@example.org>"
        text = ""
        while len(text) < size - 400:
            text += " ".join(chance.choices(words, k=11)) + "\n"
        letter.set_content(text)
        flags = "" if number % 3 == 0 else "S"
        name = f"{1767225600 + number}.M{number:06}P1.example:2,{flags}"
        (place / "cur" / name).write_bytes(letter.as_bytes().replace(b"\n", b"\r\n"))


def dovecot(bench: Bench, core: int, mails: Path) -> tuple[Program, int]:
    """Without TLS, as ours; the letters are copied, since each store writes its own notes beside them."""
    program = need("dovecot", "dovecot-imapd")
    if not _has_imap():
        raise Missing("dovecot is installed without IMAP: dovecot-imapd")
    root, port = bench.folder / "dovecot", free_port()
    shutil.copytree(mails, root / "mails")
    is_root = os.geteuid() == 0
    me = pwd.getpwuid(os.geteuid())
    owner = pwd.getpwnam("nobody") if is_root else me
    internal, login = ("dovecot", "dovenull") if is_root else (me.pw_name, me.pw_name)
    config = root / "dovecot.conf"
    config.write_text(_CONFIG.format(root=root, port=port, internal=internal, login=login, owner=owner))
    (root / "passwd").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    if is_root:
        for folder, _, files in os.walk(root / "mails"):
            for name in ("", *files):
                os.chown(Path(folder) / name, owner.pw_uid, owner.pw_gid)
    return bench.start(Program([program, "-F", "-c", str(config)], core)).wait_for(port), port


def _has_imap() -> bool:
    """IMAP is a program of its own, in a package of its own."""
    asked = [need("doveconf", "dovecot-core"), "-d", "-h", "libexec_dir"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=20).stdout
    return Path(said.strip(), "imap").exists()


def ours(bench: Bench, core: int, mails: Path) -> tuple[Program, int]:
    """Over a copy as well."""
    copy = bench.folder / "ours"
    shutil.copytree(mails, copy)
    accounts = bench.write("accounts.toml", f'[accounts.{USER}]\npassword = "{PASSWORD}"\n')
    endpoint = "imap://127.0.0.1:0#allow_plain_auth=true"
    worker = bench.worker("server", core, endpoint, f"mail:{copy}", f"accounts:{accounts}")
    return worker, int(worker.hear()["port"])
