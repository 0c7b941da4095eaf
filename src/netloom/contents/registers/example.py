"""The device that is simulated when no other is named: a controller in a greenhouse, with a system and two ports."""

from __future__ import annotations

EXAMPLE = """
[[value]]
name = "description"
type = "text"
value = "netloom: a simulated controller"
oid = "1.3.6.1.2.1.1.1.0"

[[value]]
name = "identity"
type = "oid"
value = "1.3.6.1.4.1.8072.3.2.10"
oid = "1.3.6.1.2.1.1.2.0"

[[value]]
name = "uptime"
type = "uptime"
unit = "s"
scale = 100
oid = "1.3.6.1.2.1.1.3.0"
modbus = "input:10"
coap = "system/uptime"

[[value]]
name = "contact"
type = "text"
value = "root@localhost"
writable = true
oid = "1.3.6.1.2.1.1.4.0"

[[value]]
name = "name"
type = "text"
value = "greenhouse-1"
writable = true
oid = "1.3.6.1.2.1.1.5.0"
modbus = "holding:100"
coap = "system/name"

[[value]]
name = "location"
type = "text"
value = "row 3"
writable = true
oid = "1.3.6.1.2.1.1.6.0"
coap = "system/location"

[[value]]
name = "services"
type = "int"
value = 72
oid = "1.3.6.1.2.1.1.7.0"

[[value]]
name = "ports"
type = "int"
value = 2
oid = "1.3.6.1.2.1.2.1.0"

[[value]]
name = "port 1 index"
type = "int"
value = 1
oid = "1.3.6.1.2.1.2.2.1.1.1"

[[value]]
name = "port 2 index"
type = "int"
value = 2
oid = "1.3.6.1.2.1.2.2.1.1.2"

[[value]]
name = "port 1"
type = "text"
value = "lo"
oid = "1.3.6.1.2.1.2.2.1.2.1"

[[value]]
name = "port 2"
type = "text"
value = "eth0"
oid = "1.3.6.1.2.1.2.2.1.2.2"

[[value]]
name = "port 1 in"
type = "int"
value = 1024
oid = "1.3.6.1.2.1.2.2.1.10.1"
syntax = "Counter32"

[[value]]
name = "port 2 in"
type = "int"
value = 4096
oid = "1.3.6.1.2.1.2.2.1.10.2"
syntax = "Counter32"

[[value]]
name = "address"
type = "ip"
value = "192.0.2.10"
oid = "1.3.6.1.2.1.4.20.1.1.192.0.2.10"

[[value]]
name = "temperature"
type = "float"
value = 21.5
unit = "°C"
scale = 10
oid = "1.3.6.1.4.1.8072.9999.1.1.0"
modbus = "input:0"
coap = "sensors/temperature"

[[value]]
name = "humidity"
type = "int"
value = 64
unit = "%"
oid = "1.3.6.1.4.1.8072.9999.1.2.0"
syntax = "Gauge32"
modbus = "input:2"
encoding = "uint16"
coap = "sensors/humidity"

[[value]]
name = "setpoint"
type = "float"
value = 22.0
unit = "°C"
writable = true
minimum = 5
maximum = 40
scale = 10
oid = "1.3.6.1.4.1.8072.9999.1.3.0"
modbus = "holding:0"
coap = "setpoint"

[[value]]
name = "limit"
type = "int"
value = 80
writable = true
minimum = 0
maximum = 100
oid = "1.3.6.1.4.1.8072.9999.1.4.0"
modbus = "holding:2"
encoding = "uint16"
coap = "limit"

[[value]]
name = "fan"
type = "bool"
value = false
writable = true
oid = "1.3.6.1.4.1.8072.9999.1.5.0"
modbus = "coil:0"
coap = "fan"

[[value]]
name = "lamp"
type = "bool"
value = true
writable = true
modbus = "coil:1"
coap = "lamp"

[[value]]
name = "door"
type = "bool"
value = false
oid = "1.3.6.1.4.1.8072.9999.1.6.0"
notify = "1.3.6.1.4.1.8072.9999.0.1"
modbus = "discrete:0"
coap = "sensors/door"
"""
