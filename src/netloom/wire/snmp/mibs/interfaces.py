"""Interfaces and bridges (RFC 2863, RFC 4188): their names, types and numbers' names."""

from __future__ import annotations

TABLE = """
[IF-MIB]
mib-2.2 interfaces
interfaces.1 ifNumber Integer32
interfaces.2 ifTable
ifTable.1 ifEntry
ifEntry.1 ifIndex Integer32
ifEntry.2 ifDescr DisplayString
ifEntry.3 ifType Integer32 other=1 regular1822=2 ethernetCsmacd=6 iso88025TokenRing=9 fddi=15 ppp=23
  softwareLoopback=24 slip=28 frameRelay=32 atm=37 modem=48 propVirtual=53 ieee80211=71 usb=160 tunnel=131
  l2vlan=135 l3ipvlan=136 ieee8023adLag=161 mpls=166 bridge=209 wwanPP=243
ifEntry.4 ifMtu Integer32
ifEntry.5 ifSpeed Gauge32
ifEntry.6 ifPhysAddress PhysAddress
ifEntry.7 ifAdminStatus Integer32 up=1 down=2 testing=3
ifEntry.8 ifOperStatus Integer32 up=1 down=2 testing=3 unknown=4 dormant=5 notPresent=6 lowerLayerDown=7
ifEntry.9 ifLastChange TimeTicks
ifEntry.10 ifInOctets Counter32
ifEntry.11 ifInUcastPkts Counter32
ifEntry.12 ifInNUcastPkts Counter32
ifEntry.13 ifInDiscards Counter32
ifEntry.14 ifInErrors Counter32
ifEntry.15 ifInUnknownProtos Counter32
ifEntry.16 ifOutOctets Counter32
ifEntry.17 ifOutUcastPkts Counter32
ifEntry.18 ifOutNUcastPkts Counter32
ifEntry.19 ifOutDiscards Counter32
ifEntry.20 ifOutErrors Counter32
ifEntry.21 ifOutQLen Gauge32
ifEntry.22 ifSpecific ObjectIdentifier
mib-2.31 ifMIB
ifMIB.1 ifMIBObjects
ifMIBObjects.1 ifXTable
ifXTable.1 ifXEntry
ifXEntry.1 ifName DisplayString
ifXEntry.2 ifInMulticastPkts Counter32
ifXEntry.3 ifInBroadcastPkts Counter32
ifXEntry.4 ifOutMulticastPkts Counter32
ifXEntry.5 ifOutBroadcastPkts Counter32
ifXEntry.6 ifHCInOctets Counter64
ifXEntry.7 ifHCInUcastPkts Counter64
ifXEntry.8 ifHCInMulticastPkts Counter64
ifXEntry.9 ifHCInBroadcastPkts Counter64
ifXEntry.10 ifHCOutOctets Counter64
ifXEntry.11 ifHCOutUcastPkts Counter64
ifXEntry.12 ifHCOutMulticastPkts Counter64
ifXEntry.13 ifHCOutBroadcastPkts Counter64
ifXEntry.14 ifLinkUpDownTrapEnable Integer32 enabled=1 disabled=2
ifXEntry.15 ifHighSpeed Gauge32
ifXEntry.16 ifPromiscuousMode TruthValue
ifXEntry.17 ifConnectorPresent TruthValue
ifXEntry.18 ifAlias DisplayString
ifXEntry.19 ifCounterDiscontinuityTime TimeTicks
ifMIBObjects.2 ifStackTable
ifStackTable.1 ifStackEntry
ifStackEntry.1 ifStackHigherLayer Integer32
ifStackEntry.2 ifStackLowerLayer Integer32
ifStackEntry.3 ifStackStatus RowStatus
ifMIBObjects.3 ifTestTable
ifTestTable.1 ifTestEntry
ifTestEntry.1 ifTestId Integer32
ifTestEntry.2 ifTestStatus Integer32 notInUse=1 inUse=2
ifTestEntry.3 ifTestType ObjectIdentifier
ifTestEntry.4 ifTestResult Integer32 none=1 success=2 inProgress=3 notSupported=4 unAbleToRun=5 aborted=6 failed=7
ifTestEntry.5 ifTestCode ObjectIdentifier
ifTestEntry.6 ifTestOwner DisplayString
ifMIBObjects.4 ifRcvAddressTable
ifRcvAddressTable.1 ifRcvAddressEntry
ifRcvAddressEntry.1 ifRcvAddressAddress PhysAddress
ifRcvAddressEntry.2 ifRcvAddressStatus RowStatus
ifRcvAddressEntry.3 ifRcvAddressType Integer32 other=1 volatile=2 nonVolatile=3
ifMIBObjects.5 ifTableLastChange TimeTicks
ifMIBObjects.6 ifStackLastChange TimeTicks
snmpTraps.3 linkDown notification
snmpTraps.4 linkUp notification
[BRIDGE-MIB]
mib-2.17 dot1dBridge
dot1dBridge.0 dot1dNotifications
dot1dNotifications.1 newRoot notification
dot1dNotifications.2 topologyChange notification
dot1dBridge.1 dot1dBase
dot1dBase.1 dot1dBaseBridgeAddress MacAddress
dot1dBase.2 dot1dBaseNumPorts Integer32
dot1dBase.3 dot1dBaseType Integer32 unknown=1 transparent-only=2 sourceroute-only=3 srt=4
dot1dBase.4 dot1dBasePortTable
dot1dBasePortTable.1 dot1dBasePortEntry
dot1dBasePortEntry.1 dot1dBasePort Integer32
dot1dBasePortEntry.2 dot1dBasePortIfIndex Integer32
dot1dBasePortEntry.3 dot1dBasePortCircuit ObjectIdentifier
dot1dBasePortEntry.4 dot1dBasePortDelayExceededDiscards Counter32
dot1dBasePortEntry.5 dot1dBasePortMtuExceededDiscards Counter32
dot1dBridge.2 dot1dStp
dot1dStp.1 dot1dStpProtocolSpecification Integer32 unknown=1 decLb100=2 ieee8021d=3
dot1dStp.2 dot1dStpPriority Integer32
dot1dStp.3 dot1dStpTimeSinceTopologyChange TimeTicks
dot1dStp.4 dot1dStpTopChanges Counter32
dot1dStp.5 dot1dStpDesignatedRoot OctetString
dot1dStp.6 dot1dStpRootCost Integer32
dot1dStp.7 dot1dStpRootPort Integer32
dot1dStp.8 dot1dStpMaxAge Integer32
dot1dStp.9 dot1dStpHelloTime Integer32
dot1dStp.10 dot1dStpHoldTime Integer32
dot1dStp.11 dot1dStpForwardDelay Integer32
dot1dStp.12 dot1dStpBridgeMaxAge Integer32
dot1dStp.13 dot1dStpBridgeHelloTime Integer32
dot1dStp.14 dot1dStpBridgeForwardDelay Integer32
dot1dStp.15 dot1dStpPortTable
dot1dStpPortTable.1 dot1dStpPortEntry
dot1dStpPortEntry.1 dot1dStpPort Integer32
dot1dStpPortEntry.2 dot1dStpPortPriority Integer32
dot1dStpPortEntry.3 dot1dStpPortState Integer32 disabled=1 blocking=2 listening=3 learning=4 forwarding=5 broken=6
dot1dStpPortEntry.4 dot1dStpPortEnable Integer32 enabled=1 disabled=2
dot1dStpPortEntry.5 dot1dStpPortPathCost Integer32
dot1dStpPortEntry.6 dot1dStpPortDesignatedRoot OctetString
dot1dStpPortEntry.7 dot1dStpPortDesignatedCost Integer32
dot1dStpPortEntry.8 dot1dStpPortDesignatedBridge OctetString
dot1dStpPortEntry.9 dot1dStpPortDesignatedPort OctetString
dot1dStpPortEntry.10 dot1dStpPortForwardTransitions Counter32
dot1dStpPortEntry.11 dot1dStpPortPathCost32 Integer32
dot1dBridge.3 dot1dSr
dot1dBridge.4 dot1dTp
dot1dTp.1 dot1dTpLearnedEntryDiscards Counter32
dot1dTp.2 dot1dTpAgingTime Integer32
dot1dTp.3 dot1dTpFdbTable
dot1dTpFdbTable.1 dot1dTpFdbEntry
dot1dTpFdbEntry.1 dot1dTpFdbAddress MacAddress
dot1dTpFdbEntry.2 dot1dTpFdbPort Integer32
dot1dTpFdbEntry.3 dot1dTpFdbStatus Integer32 other=1 invalid=2 learned=3 self=4 mgmt=5
dot1dTp.4 dot1dTpPortTable
dot1dTpPortTable.1 dot1dTpPortEntry
dot1dTpPortEntry.1 dot1dTpPort Integer32
dot1dTpPortEntry.2 dot1dTpPortMaxInfo Integer32
dot1dTpPortEntry.3 dot1dTpPortInFrames Counter32
dot1dTpPortEntry.4 dot1dTpPortOutFrames Counter32
dot1dTpPortEntry.5 dot1dTpPortInDiscards Counter32
dot1dBridge.5 dot1dStatic
dot1dStatic.1 dot1dStaticTable
dot1dStaticTable.1 dot1dStaticEntry
dot1dStaticEntry.1 dot1dStaticAddress MacAddress
dot1dStaticEntry.2 dot1dStaticReceivePort Integer32
dot1dStaticEntry.3 dot1dStaticAllowedToGoTo OctetString
dot1dStaticEntry.4 dot1dStaticStatus Integer32 other=1 invalid=2 permanent=3 deleteOnReset=4 deleteOnTimeout=5
"""
