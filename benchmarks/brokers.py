"""The MQTT brokers that the table meets: Mosquitto and amqtt, each with one listener and nothing written down."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from benchmarks.foreign import environment, installed
from benchmarks.programs import Program, free_port, need

if TYPE_CHECKING:
    from benchmarks.bench import Bench

AMQTT = "amqtt==0.12.1"


def mosquitto(bench: Bench, core: int) -> tuple[Program, int]:
    """Nagle's algorithm is off, which would hold small messages back; no limit drops any."""
    program = need("mosquitto", "mosquitto")
    port = free_port()
    config = bench.write(
        "mosquitto.conf",
        f"""listener {port} 127.0.0.1
allow_anonymous true
{"user root" if os.geteuid() == 0 else ""}
persistence false
log_type none
set_tcp_nodelay true
max_inflight_messages 100
max_queued_messages 0
""",
    )
    return bench.start(Program([program, "-c", str(config)], core)).wait_for(port), port


def amqtt(bench: Bench, core: int) -> tuple[Program, int, str]:
    """Its own command, with nothing but anonymous clients; and its version. Raises Missing."""
    binaries = environment("amqtt", AMQTT)
    port = free_port()
    config = bench.write(
        "amqtt.yaml",
        f"""listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
    max_connections: 20000
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
""",
    )
    command = [str(binaries / "amqtt"), "-c", str(config)]
    return bench.start(Program(command, core)).wait_for(port), port, installed(binaries, "amqtt")
