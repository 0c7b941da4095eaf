"""What a program has used counts also after its children have gone; ports are waited for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from benchmarks.programs import Missing, Program, cpu_seconds, need

BURN = "import time\nwhile time.process_time() < 0.5: pass"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_cpu_of_children_counts_once_they_have_ended() -> None:
    own, all_ = cpu_seconds(os.getpid()), cpu_seconds(os.getpid(), ended=True)
    subprocess.run([sys.executable, "-c", BURN], check=True, timeout=60)
    grown = cpu_seconds(os.getpid(), ended=True) - all_
    assert grown - (cpu_seconds(os.getpid()) - own) > 0.3
    assert cpu_seconds(2**22 + 1) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_a_udp_port_is_waited_for_and_the_program_ended() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    listen = f"import socket, time; s = socket.socket(2, 2); s.bind(('127.0.0.1', {port})); time.sleep(60)"
    program = Program([sys.executable, "-c", listen], 0)
    try:
        assert program.wait_for_udp(port) is program
    finally:
        program.close()
    assert program.process.returncode is not None


def test_what_isnt_installed_names_its_package() -> None:
    with pytest.raises(Missing, match="no-such-program isn't installed: its-package"):
        need("no-such-program", "its-package")
