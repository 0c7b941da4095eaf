"""Foreign NETCONF servers, each on a port of 127.0.0.1: netconfd behind OpenSSH, and one made of Python's netconf."""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from typing import TYPE_CHECKING

from tests.interop.peers import free_port, need, running, wait_for_port, wait_for_unix
from tests.interop.ssh_peers import PASSWORD, USER, Place, sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNER = pwd.getpwuid(os.getuid()).pw_name
"""Whoever runs the tests: OpenSSH lets nobody else in."""
TOASTER = "http://netconfcentral.org/ns/toaster"

# It speaks both versions and knows locks by itself; what is said of a configuration is this script's. The package names
# a type of keys that paramiko has no more.
MADE = f"""
import sys, time, types
import paramiko
paramiko.dsskey = sys.modules["paramiko.dsskey"] = types.ModuleType("paramiko.dsskey")
paramiko.dsskey.DSSKey = paramiko.RSAKey
from netconf import error, server, util

class Methods(server.NetconfMethods):
    name = draft = "made <&> in Python"

    def nc_append_capabilities(self, capabilities):
        util.subelm(capabilities, "capability").text = "urn:ietf:params:netconf:capability:candidate:1.0"

    def rpc_get(self, session, rpc, wanted):
        return self._found(wanted)

    def rpc_get_config(self, session, rpc, source, wanted):
        return self._found(wanted)

    def _found(self, wanted):
        data = util.elm("nc:data")
        system = util.subelm(data, "{{urn:made}}system")
        util.subelm(system, "{{urn:made}}name").text = self.name
        names = [part.tag for part in wanted] if wanted is not None else [system.tag]
        if system.tag not in names:
            data.remove(system)
        return data

    def rpc_edit_config(self, session, rpc, *told):
        name = next(rpc.iter("{{urn:made}}name"), None)
        if name is None:
            raise error.InvalidValueAppError(rpc, message="there is only a name")
        self.draft = name.text
        return util.elm("nc:ok")

    def rpc_commit(self, session, rpc, *told):
        self.name = self.draft
        return util.elm("nc:ok")

    def rpc_discard_changes(self, session, rpc, *told):
        self.draft = self.name
        return util.elm("nc:ok")

    def rpc_lock(self, session, rpc, target):
        return util.elm("nc:ok")

    rpc_unlock = rpc_lock

key = paramiko.RSAKey.generate(2048)
key.write_private_key_file(sys.argv[2])
control = server.SSHUserPassController("{USER}", "{PASSWORD}")
serving = server.NetconfSSHServer(control, Methods(), int(sys.argv[1]), sys.argv[2])
time.sleep(3600)
"""


@contextlib.contextmanager
def netconfd(folder: Path) -> Iterator[Place]:
    """yuma123's netconfd with its toaster, as a subsystem of sshd. All of them have to know sshd's port."""
    place, log, script = folder / "ncx.sock", folder / "netconfd.log", folder / "subsystem"
    subsystem = need("netconf-subsystem", "netconfd")
    script.write_text(f"#!/bin/sh\nset -- $SSH_CONNECTION\nexec {subsystem} --ncxserver-sockname=$4@{place}\n")
    script.chmod(0o755)
    with sshd(folder, ("ed25519",), f"Subsystem netconf {script}") as found:
        command = [
            need("netconfd", "netconfd"), f"--ncxserver-sockname={place}", f"--superuser={OWNER}",
            f"--port={found.port}", "--target=candidate", "--no-startup", "--module=toaster",
        ]  # fmt: skip
        with running(command, log, cwd=folder) as process:  # where it leaves what a confirmed commit may restore
            wait_for_unix(process, log, place)
            yield found


@contextlib.contextmanager
def made_of_netconf(folder: Path) -> Iterator[int]:
    """A server made of the package netconf; its port."""
    port, log, script = free_port(), folder / "netconf.log", folder / "made.py"
    script.write_text(MADE)
    with running([sys.executable, script, str(port), folder / "made.key"], log) as process:
        wait_for_port(process, log, port)
        yield port
