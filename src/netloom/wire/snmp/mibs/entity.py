"""Physical entities and their sensors (RFC 6933, RFC 3433)."""

from __future__ import annotations

TABLE = """
[ENTITY-MIB]
mib-2.47 entityMIB
entityMIB.1 entityMIBObjects
entityMIBObjects.1 entityPhysical
entityPhysical.1 entPhysicalTable
entPhysicalTable.1 entPhysicalEntry
entPhysicalEntry.1 entPhysicalIndex Integer32
entPhysicalEntry.2 entPhysicalDescr SnmpAdminString
entPhysicalEntry.3 entPhysicalVendorType ObjectIdentifier
entPhysicalEntry.4 entPhysicalContainedIn Integer32
entPhysicalEntry.5 entPhysicalClass Integer32 other=1 unknown=2 chassis=3 backplane=4 container=5 powerSupply=6
  fan=7 sensor=8 module=9 port=10 stack=11 cpu=12
entPhysicalEntry.6 entPhysicalParentRelPos Integer32
entPhysicalEntry.7 entPhysicalName SnmpAdminString
entPhysicalEntry.8 entPhysicalHardwareRev SnmpAdminString
entPhysicalEntry.9 entPhysicalFirmwareRev SnmpAdminString
entPhysicalEntry.10 entPhysicalSoftwareRev SnmpAdminString
entPhysicalEntry.11 entPhysicalSerialNum SnmpAdminString
entPhysicalEntry.12 entPhysicalMfgName SnmpAdminString
entPhysicalEntry.13 entPhysicalModelName SnmpAdminString
entPhysicalEntry.14 entPhysicalAlias SnmpAdminString
entPhysicalEntry.15 entPhysicalAssetID SnmpAdminString
entPhysicalEntry.16 entPhysicalIsFRU TruthValue
entPhysicalEntry.17 entPhysicalMfgDate DateAndTime
entPhysicalEntry.18 entPhysicalUris OctetString
entityMIBObjects.2 entityLogical
entityLogical.1 entLogicalTable
entLogicalTable.1 entLogicalEntry
entLogicalEntry.1 entLogicalIndex Integer32
entLogicalEntry.2 entLogicalDescr SnmpAdminString
entLogicalEntry.3 entLogicalType ObjectIdentifier
entLogicalEntry.4 entLogicalCommunity OctetString
entLogicalEntry.5 entLogicalTAddress OctetString
entLogicalEntry.6 entLogicalTDomain ObjectIdentifier
entLogicalEntry.7 entLogicalContextEngineID OctetString
entLogicalEntry.8 entLogicalContextName SnmpAdminString
entityMIBObjects.3 entityMapping
entityMapping.1 entLPMappingTable
entLPMappingTable.1 entLPMappingEntry
entLPMappingEntry.1 entLPPhysicalIndex Integer32
entityMapping.2 entAliasMappingTable
entAliasMappingTable.1 entAliasMappingEntry
entAliasMappingEntry.1 entAliasLogicalIndexOrZero Integer32
entAliasMappingEntry.2 entAliasMappingIdentifier ObjectIdentifier
entityMapping.3 entPhysicalContainsTable
entPhysicalContainsTable.1 entPhysicalContainsEntry
entPhysicalContainsEntry.1 entPhysicalChildIndex Integer32
entityMIBObjects.4 entityGeneral
entityGeneral.1 entLastChangeTime TimeTicks
entityMIB.2 entityMIBTraps
entityMIBTraps.0 entityMIBTrapPrefix
entityMIBTrapPrefix.1 entConfigChange notification
[ENTITY-SENSOR-MIB]
mib-2.99 entitySensorMIB
entitySensorMIB.1 entitySensorObjects
entitySensorObjects.1 entPhySensorTable
entPhySensorTable.1 entPhySensorEntry
entPhySensorEntry.1 entPhySensorType Integer32 other=1 unknown=2 voltsAC=3 voltsDC=4 amperes=5 watts=6 hertz=7
  celsius=8 percentRH=9 rpm=10 cmm=11 truthvalue=12
entPhySensorEntry.2 entPhySensorScale Integer32 yocto=1 zepto=2 atto=3 femto=4 pico=5 nano=6 micro=7 milli=8 units=9
  kilo=10 mega=11 giga=12 tera=13 exa=14 peta=15 zetta=16 yotta=17
entPhySensorEntry.3 entPhySensorPrecision Integer32
entPhySensorEntry.4 entPhySensorValue Integer32
entPhySensorEntry.5 entPhySensorOperStatus Integer32 ok=1 unavailable=2 nonoperational=3
entPhySensorEntry.6 entPhySensorUnitsDisplay SnmpAdminString
entPhySensorEntry.7 entPhySensorValueTimeStamp TimeTicks
entPhySensorEntry.8 entPhySensorValueUpdateRate Gauge32
"""
