"""Servers of one folder that the table of files meets: nginx, vsftpd, OpenSSH's sshd, and asyncssh by itself."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.programs import Program, free_port, need

if TYPE_CHECKING:
    from benchmarks.bench import Bench


class Key(NamedTuple):
    """Who logs in over SSH: the user who runs us, with a key made for this."""

    user: str
    private: Path
    public: str


class Store(NamedTuple):
    """A running server; `url` is where the folder is, for curl, or for sftp."""

    program: Program
    port: int
    url: str


def make_key(bench: Bench) -> Key:
    private = generated(bench, "user_key")
    return Key(getpass.getuser(), private, private.with_suffix(".pub").read_text().strip())


def generated(bench: Bench, name: str) -> Path:
    """An Ed25519 key pair."""
    place = bench.folder / name
    program = need("ssh-keygen", "openssh-client")
    subprocess.run([program, "-q", "-t", "ed25519", "-N", "", "-f", str(place)], check=True, timeout=20)
    return place


def ours(bench: Bench, core: int, scheme: str, folder: Path, key: Key) -> Store:
    """Anybody may write; over SSH the owner of the key."""
    accounts = bench.write(f"{scheme}.toml", f'anonymous = "write"\n[accounts.{key.user}]\nkeys = ["{key.public}"]\n')
    more = "#host_key=none" if scheme == "sftp" else ""
    worker = bench.worker("server", core, f"{scheme}://127.0.0.1:0{more}", f"files:{folder}", f"accounts:{accounts}")
    port = int(worker.hear()["port"])
    return Store(worker, port, f"{scheme}://127.0.0.1:{port}/")


def nginx(bench: Bench, core: int, folder: Path) -> Store:
    """One worker that sends files by sendfile, and takes them by PUT."""
    program, port = need("nginx", "nginx"), free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    config = bench.write(
        f"nginx-{port}.conf",
        f"""daemon off; master_process off; worker_processes 1; {user} pid {bench.folder}/nginx-{port}.pid;
        error_log /dev/null;
        events {{ worker_connections 1024; }}
        http {{
          access_log off; sendfile on; tcp_nopush on; client_max_body_size 0; client_body_buffer_size 256k;
          client_body_temp_path {folder}/.nginx; proxy_temp_path {bench.folder}; fastcgi_temp_path {bench.folder};
          uwsgi_temp_path {bench.folder}; scgi_temp_path {bench.folder};
          server {{ listen 127.0.0.1:{port}; root {folder}; dav_methods PUT; }}
        }}""",
    )
    started = bench.start(Program([program, "-p", str(bench.folder), "-c", str(config)], core))
    return Store(started.wait_for(port), port, f"http://127.0.0.1:{port}/")


def vsftpd(bench: Bench, core: int, folder: Path) -> Store:
    """Anybody reads and writes; a process a session, as it is made."""
    program, port = need("vsftpd", "vsftpd"), free_port()
    config = bench.write(
        "vsftpd.conf",
        f"""listen=YES
background=NO
listen_address=127.0.0.1
listen_port={port}
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_other_write_enable=YES
anon_umask=022
no_anon_password=YES
anon_root={folder}
ftp_username={getpass.getuser()}
run_as_launching_user=YES
secure_chroot_dir={folder}
seccomp_sandbox=NO
xferlog_enable=NO
""",
    )
    started = bench.start(Program([program, str(config)], core))
    return Store(started.wait_for(port), port, f"ftp://127.0.0.1:{port}/")


def sshd(bench: Bench, core: int, folder: Path, key: Key) -> Store:
    """OpenSSH's, with its SFTP server inside of the session's own process."""
    program, port = need("sshd", "openssh-server"), free_port()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    authorized = bench.write("authorized_keys", f"{key.public}\n")
    config = bench.write(
        "sshd_config",
        f"""Port {port}
ListenAddress 127.0.0.1
HostKey {generated(bench, "host_key")}
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
PidFile none
PrintMotd no
LogLevel QUIET
Subsystem sftp internal-sftp -d {folder}
""",
    )
    started = bench.start(Program([program, "-D", "-f", str(config)], core))
    return Store(started.wait_for(port), port, f"sftp://127.0.0.1:{port}/")


def asyncssh(bench: Bench, core: int, folder: Path, key: Key) -> Store:
    """The library that carries ours, with the SFTP server that it brings."""
    authorized = bench.folder / "authorized_keys"
    worker = bench.worker("sftp_server", core, str(folder), str(generated(bench, "asyncssh_key")), str(authorized))
    port = int(worker.hear()["port"])
    return Store(worker, port, f"sftp://{key.user}@127.0.0.1:{port}/")
