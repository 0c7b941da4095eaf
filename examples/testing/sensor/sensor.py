"""A thermometer that tells a broker what it measures: with paho, through weather and broken lines."""

import json
import threading
from collections import deque

import paho.mqtt.client as mqtt


class Sensor:
    """Tells `house/ROOM/temperature`, listens to `house/ROOM/interval`, and keeps what it couldn't tell."""

    def __init__(self, room, host, port=1883, *, login=None, kept=100, reconnect=1.0):
        self.room = room
        self.interval = 60
        self.online = threading.Event()
        self.told = threading.Event()
        self.refused = ""
        self._address = host, port
        self._waiting = deque(maxlen=kept)
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"sensor-{room}")
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._commanded
        self._client.on_subscribe = lambda *_: self.told.set()
        self._client.will_set(f"house/{room}/state", "lost", qos=1, retain=True)
        self._client.reconnect_delay_set(reconnect, reconnect)
        if login:
            self._client.username_pw_set(*login)

    def start(self):
        self._client.connect_async(*self._address, keepalive=10)
        self._client.loop_start()

    def stop(self):
        if self.online.is_set():
            self._client.publish(f"house/{self.room}/state", "off", qos=1, retain=True).wait_for_publish(5)
        self._client.disconnect()
        self._client.loop_stop()

    def measured(self, celsius):
        """A new value: told at once, or when there is a broker again."""
        self._waiting.append({"celsius": celsius})
        if self.online.is_set():
            self._flush()

    def _flush(self):
        while self._waiting:
            text = json.dumps(self._waiting[0])
            if self._client.publish(f"house/{self.room}/temperature", text, qos=1).rc != mqtt.MQTT_ERR_SUCCESS:
                return
            self._waiting.popleft()

    def _connected(self, client, userdata, flags, reason, properties):
        if reason.is_failure:
            self.refused = str(reason)
            return
        client.subscribe(f"house/{self.room}/interval", qos=1)
        client.publish(f"house/{self.room}/state", "on", qos=1, retain=True)
        self.online.set()
        self._flush()

    def _disconnected(self, *_):
        self.online.clear()

    def _commanded(self, client, userdata, message):
        try:
            self.interval = max(1, int(message.payload))
        except ValueError:
            client.publish(f"house/{self.room}/errors", b"no interval: " + message.payload, qos=1)
