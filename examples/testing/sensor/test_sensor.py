"""The thermometer meets a real broker, and loses it."""

import json
import socket
import time

import pytest

import netloom

from sensor import Sensor


@pytest.fixture
def sensor(mqtt_server):
    made = Sensor("attic", *mqtt_server.address, reconnect=0.1)
    made.start()
    yield made
    made.stop()


def values(server):
    return [json.loads(m.payload)["celsius"] for m in server.received if m.topic == "house/attic/temperature"]


def until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it didn't come to that"
        time.sleep(0.01)


def test_what_is_measured_is_told(sensor, mqtt_server):
    assert sensor.online.wait(5)
    sensor.measured(21.5)
    sensor.measured(22.0)
    until(lambda: values(mqtt_server) == [21.5, 22.0])


def test_its_state_is_kept_by_the_broker(sensor, mqtt_server):
    assert sensor.online.wait(5)
    mqtt_server.wait_for(1)
    (state,) = mqtt_server.content.retained("house/+/state")
    assert (state.topic, state.payload) == ("house/attic/state", b"on")


def test_it_obeys(sensor, mqtt_server):
    assert sensor.told.wait(5)
    netloom.send(f"{mqtt_server.url}/house/attic/interval", "5").one()
    until(lambda: sensor.interval == 5)
    netloom.send(f"{mqtt_server.url}/house/attic/interval", "soon").one()
    until(lambda: mqtt_server.received[-1].topic == "house/attic/errors")
    assert sensor.interval == 5


def test_what_is_measured_before_there_is_a_broker(mqtt_server):
    mqtt_server.stop()
    sensor = Sensor("attic", *mqtt_server.address, reconnect=0.1)
    sensor.start()
    try:
        sensor.measured(20.0)
        mqtt_server.start()
        until(lambda: values(mqtt_server) == [20.0])
    finally:
        sensor.stop()


def test_a_broker_that_goes_and_comes_back(sensor, mqtt_server):
    assert sensor.online.wait(5)
    mqtt_server.stop()
    until(lambda: not sensor.online.is_set())
    sensor.measured(18.0)
    sensor.measured(18.5)
    mqtt_server.start()
    until(lambda: values(mqtt_server) == [18.0, 18.5])


def test_a_line_that_breaks_is_told_by_the_will(mqtt_server):
    sensor = Sensor("attic", *mqtt_server.address, reconnect=60)
    sensor.start()
    try:
        assert sensor.told.wait(5)
        mqtt_server.fault("reset:to=server")
        sensor.measured(19.0)
        until(lambda: b"lost" in [m.payload for m in mqtt_server.received])
    finally:
        sensor.stop()


def test_twice_turned_away_then_taken(mqtt_server):
    mqtt_server.refuse("SERVER_UNAVAILABLE", times=2)
    sensor = Sensor("attic", *mqtt_server.address, reconnect=0.1)
    sensor.start()
    try:
        assert sensor.online.wait(10)
        assert sensor.refused
    finally:
        sensor.stop()


@pytest.mark.server(accounts=["attic:secret"])
def test_a_wrong_password_is_told(mqtt_server):
    sensor = Sensor("attic", *mqtt_server.address, login=("attic", "guess"), reconnect=0.1)
    sensor.start()
    try:
        until(lambda: sensor.refused)
        assert "uthori" in sensor.refused or "password" in sensor.refused
        assert not sensor.online.is_set()
    finally:
        sensor.stop()


def test_a_slow_line_loses_nothing(sensor, mqtt_server):
    assert sensor.online.wait(5)
    with mqtt_server.fault("latency:50ms:to=both"), mqtt_server.fault("slice:3:to=both"):
        for tenth in range(10):
            sensor.measured(tenth / 10)
        until(lambda: values(mqtt_server) == [tenth / 10 for tenth in range(10)])


def test_nobody_there():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sensor = Sensor("attic", *sock.getsockname(), kept=2, reconnect=0.1)
        sensor.start()
        for celsius in (1, 2, 3):
            sensor.measured(celsius)
        sensor.stop()
    assert [each["celsius"] for each in sensor._waiting] == [2, 3]
