"""asyncssh's own SFTP server on uvloop: `sftp_server FOLDER HOST_KEY AUTHORIZED_KEYS`."""

from __future__ import annotations

import asyncio
import sys

import asyncssh
import uvloop

from benchmarks.workers import say


async def main() -> None:
    """Serve until we are ended."""
    folder, host_key, authorized = sys.argv[1:]
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=authorized,
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=folder.encode()),
    )
    say({"port": server.get_port()})
    await asyncio.Event().wait()


uvloop.run(main())
