"""What net-snmp's agent adds: memory, load, disks, sensors, extensions."""

from __future__ import annotations

TABLE = """
[UCD-SNMP-MIB]
enterprises.2021 ucdavis
ucdavis.2 prTable
prTable.1 prEntry
prEntry.1 prIndex Integer32
prEntry.2 prNames DisplayString
prEntry.3 prMin Integer32
prEntry.4 prMax Integer32
prEntry.5 prCount Integer32
prEntry.100 prErrorFlag Integer32 noError=0 error=1
prEntry.101 prErrMessage DisplayString
prEntry.102 prErrFix Integer32 noError=0 runFix=1
prEntry.103 prErrFixCmd DisplayString
ucdavis.4 memory
memory.1 memIndex Integer32
memory.2 memErrorName DisplayString
memory.3 memTotalSwap Integer32
memory.4 memAvailSwap Integer32
memory.5 memTotalReal Integer32
memory.6 memAvailReal Integer32
memory.7 memTotalSwapTXT Integer32
memory.8 memAvailSwapTXT Integer32
memory.9 memTotalRealTXT Integer32
memory.10 memAvailRealTXT Integer32
memory.11 memTotalFree Integer32
memory.12 memMinimumSwap Integer32
memory.13 memShared Integer32
memory.14 memBuffer Integer32
memory.15 memCached Integer32
memory.16 memUsedSwapTXT Integer32
memory.17 memUsedRealTXT Integer32
memory.18 memTotalSwapX Counter64
memory.19 memAvailSwapX Counter64
memory.20 memTotalRealX Counter64
memory.21 memAvailRealX Counter64
memory.22 memTotalFreeX Counter64
memory.23 memMinimumSwapX Counter64
memory.24 memSharedX Counter64
memory.25 memBufferX Counter64
memory.26 memCachedX Counter64
memory.27 memSysAvail Counter64
memory.100 memSwapError Integer32 noError=0 error=1
memory.101 memSwapErrorMsg DisplayString
ucdavis.8 extTable
extTable.1 extEntry
extEntry.1 extIndex Integer32
extEntry.2 extNames DisplayString
extEntry.3 extCommand DisplayString
extEntry.100 extResult Integer32
extEntry.101 extOutput DisplayString
extEntry.102 extErrFix Integer32 noError=0 runFix=1
extEntry.103 extErrFixCmd DisplayString
ucdavis.9 dskTable
dskTable.1 dskEntry
dskEntry.1 dskIndex Integer32
dskEntry.2 dskPath DisplayString
dskEntry.3 dskDevice DisplayString
dskEntry.4 dskMinimum Integer32
dskEntry.5 dskMinPercent Integer32
dskEntry.6 dskTotal Integer32
dskEntry.7 dskAvail Integer32
dskEntry.8 dskUsed Integer32
dskEntry.9 dskPercent Integer32
dskEntry.10 dskPercentNode Integer32
dskEntry.11 dskTotalLow Gauge32
dskEntry.12 dskTotalHigh Gauge32
dskEntry.13 dskAvailLow Gauge32
dskEntry.14 dskAvailHigh Gauge32
dskEntry.15 dskUsedLow Gauge32
dskEntry.16 dskUsedHigh Gauge32
dskEntry.100 dskErrorFlag Integer32 noError=0 error=1
dskEntry.101 dskErrorMsg DisplayString
ucdavis.10 laTable
laTable.1 laEntry
laEntry.1 laIndex Integer32
laEntry.2 laNames DisplayString
laEntry.3 laLoad DisplayString
laEntry.4 laConfig DisplayString
laEntry.5 laLoadInt Integer32
laEntry.6 laLoadFloat Opaque
laEntry.100 laErrorFlag Integer32 noError=0 error=1
laEntry.101 laErrMessage DisplayString
ucdavis.11 systemStats
systemStats.1 ssIndex Integer32
systemStats.2 ssErrorName DisplayString
systemStats.3 ssSwapIn Integer32
systemStats.4 ssSwapOut Integer32
systemStats.5 ssIOSent Integer32
systemStats.6 ssIOReceive Integer32
systemStats.7 ssSysInterrupts Integer32
systemStats.8 ssSysContext Integer32
systemStats.9 ssCpuUser Integer32
systemStats.10 ssCpuSystem Integer32
systemStats.11 ssCpuIdle Integer32
systemStats.50 ssCpuRawUser Counter32
systemStats.51 ssCpuRawNice Counter32
systemStats.52 ssCpuRawSystem Counter32
systemStats.53 ssCpuRawIdle Counter32
systemStats.54 ssCpuRawWait Counter32
systemStats.55 ssCpuRawKernel Counter32
systemStats.56 ssCpuRawInterrupt Counter32
systemStats.57 ssIORawSent Counter32
systemStats.58 ssIORawReceived Counter32
systemStats.59 ssRawInterrupts Counter32
systemStats.60 ssRawContexts Counter32
systemStats.61 ssCpuRawSoftIRQ Counter32
systemStats.62 ssRawSwapIn Counter32
systemStats.63 ssRawSwapOut Counter32
systemStats.64 ssCpuRawSteal Counter32
systemStats.65 ssCpuRawGuest Counter32
systemStats.66 ssCpuRawGuestNice Counter32
systemStats.67 ssCpuNumCpus Integer32
ucdavis.12 ucdInternal
ucdavis.13 ucdExperimental
ucdavis.15 fileTable
fileTable.1 fileEntry
fileEntry.1 fileIndex Integer32
fileEntry.2 fileName DisplayString
fileEntry.3 fileSize Integer32
fileEntry.4 fileMax Integer32
fileEntry.100 fileErrorFlag Integer32 noError=0 error=1
fileEntry.101 fileErrorMsg DisplayString
ucdavis.16 logMatch
logMatch.1 logMatchMaxEntries Integer32
logMatch.2 logMatchTable
logMatchTable.1 logMatchEntry
logMatchEntry.1 logMatchIndex Integer32
logMatchEntry.2 logMatchName DisplayString
logMatchEntry.3 logMatchFilename DisplayString
logMatchEntry.4 logMatchRegEx DisplayString
logMatchEntry.5 logMatchGlobalCounter Counter32
logMatchEntry.6 logMatchGlobalCount Integer32
logMatchEntry.7 logMatchCurrentCounter Counter32
logMatchEntry.8 logMatchCurrentCount Integer32
logMatchEntry.9 logMatchCounter Counter32
logMatchEntry.10 logMatchCount Integer32
logMatchEntry.11 logMatchCycle Integer32
logMatchEntry.100 logMatchErrorFlag Integer32 noError=0 error=1
logMatchEntry.101 logMatchRegExCompilation DisplayString
ucdavis.100 version
version.1 versionIndex Integer32
version.2 versionTag DisplayString
version.3 versionDate DisplayString
version.4 versionCDate DisplayString
version.5 versionIdent DisplayString
version.6 versionConfigureOptions DisplayString
version.10 versionClearCache Integer32
version.11 versionUpdateConfig Integer32
version.12 versionRestartAgent Integer32
version.13 versionSavePersistentData Integer32
version.20 versionDoDebugging Integer32
ucdavis.101 snmperrs
snmperrs.1 snmperrIndex Integer32
snmperrs.2 snmperrNames DisplayString
snmperrs.100 snmperrErrorFlag Integer32 noError=0 error=1
snmperrs.101 snmperrErrMessage DisplayString
ucdavis.102 mrTable
mrTable.1 mrEntry
mrEntry.1 mrIndex ObjectIdentifier
mrEntry.2 mrModuleName DisplayString
ucdavis.250 ucdSnmpAgent
ucdSnmpAgent.1 hpux9
ucdSnmpAgent.2 sunos4
ucdSnmpAgent.3 solaris
ucdSnmpAgent.4 osf
ucdSnmpAgent.5 ultrix
ucdSnmpAgent.6 hpux10
ucdSnmpAgent.7 netbsd1
ucdSnmpAgent.8 freebsd
ucdSnmpAgent.9 irix
ucdSnmpAgent.10 linux
ucdSnmpAgent.11 bsdi
ucdSnmpAgent.12 openbsd
ucdSnmpAgent.13 win32
ucdSnmpAgent.14 hpux11
ucdSnmpAgent.15 aix
ucdSnmpAgent.16 macosx
ucdSnmpAgent.17 dragonfly
ucdavis.251 ucdTraps
ucdTraps.1 ucdStart notification
ucdTraps.2 ucdShutdown notification
[UCD-DISKIO-MIB]
ucdExperimental.15 ucdDiskIOMIB
ucdDiskIOMIB.1 diskIOTable
diskIOTable.1 diskIOEntry
diskIOEntry.1 diskIOIndex Integer32
diskIOEntry.2 diskIODevice DisplayString
diskIOEntry.3 diskIONRead Counter32
diskIOEntry.4 diskIONWritten Counter32
diskIOEntry.5 diskIOReads Counter32
diskIOEntry.6 diskIOWrites Counter32
diskIOEntry.9 diskIOLA1 Integer32
diskIOEntry.10 diskIOLA5 Integer32
diskIOEntry.11 diskIOLA15 Integer32
diskIOEntry.12 diskIONReadX Counter64
diskIOEntry.13 diskIONWrittenX Counter64
diskIOEntry.14 diskIOBusyTime Counter64
[NET-SNMP-MIB]
enterprises.8072 netSnmp
netSnmp.1 netSnmpObjects
netSnmp.3 netSnmpEnumerations
netSnmpEnumerations.1 netSnmpModuleIDs
netSnmpEnumerations.2 netSnmpAgentOIDs
netSnmpEnumerations.3 netSnmpDomains
netSnmp.4 netSnmpNotificationPrefix
netSnmpNotificationPrefix.0 netSnmpNotifications
netSnmpNotificationPrefix.1 netSnmpNotificationObjects
netSnmp.9999 netSnmpExperimental
netSnmpExperimental.9999 netSnmpPlaypen
[NET-SNMP-AGENT-MIB]
netSnmpObjects.1 nsVersion
netSnmpObjects.2 nsMibRegistry
nsMibRegistry.1 nsModuleTable
nsModuleTable.1 nsModuleEntry
nsModuleEntry.1 nsmContextName SnmpAdminString
nsModuleEntry.2 nsmRegistrationPoint ObjectIdentifier
nsModuleEntry.3 nsmRegistrationPriority Integer32
nsModuleEntry.4 nsModuleName DisplayString
nsModuleEntry.5 nsModuleModes OctetString
nsModuleEntry.6 nsModuleTimeout Integer32
netSnmpObjects.3 nsExtensions
netSnmpObjects.4 nsDLMod
netSnmpObjects.5 nsCache
nsCache.1 nsCacheDefaultTimeout Integer32
nsCache.2 nsCacheEnabled TruthValue
nsCache.3 nsCacheTable
nsCacheTable.1 nsCacheEntry
nsCacheEntry.1 nsCachedOID ObjectIdentifier
nsCacheEntry.2 nsCacheTimeout Integer32
nsCacheEntry.3 nsCacheStatus Integer32 enabled=1 disabled=2 empty=3 cached=4 expired=5
netSnmpObjects.6 nsErrorHistory
netSnmpObjects.7 nsConfiguration
nsConfiguration.1 nsConfigDebug
nsConfigDebug.1 nsDebugEnabled TruthValue
nsConfigDebug.2 nsDebugOutputAll TruthValue
nsConfigDebug.3 nsDebugDumpPdu TruthValue
nsConfigDebug.4 nsDebugTokenTable
nsDebugTokenTable.1 nsDebugTokenEntry
nsDebugTokenEntry.2 nsDebugTokenPrefix DisplayString
nsDebugTokenEntry.4 nsDebugTokenStatus RowStatus
nsConfiguration.2 nsConfigLogging
nsConfigLogging.1 nsLoggingTable
nsLoggingTable.1 nsLoggingEntry
nsLoggingEntry.1 nsLogLevel Integer32 emergency=0 alert=1 critical=2 error=3 warning=4 notice=5 info=6 debug=7
nsLoggingEntry.2 nsLogToken DisplayString
nsLoggingEntry.3 nsLogType Integer32 stdout=1 stderr=2 file=3 syslog=4 callback=5
nsLoggingEntry.4 nsLogMaxLevel Integer32 emergency=0 alert=1 critical=2 error=3 warning=4 notice=5 info=6 debug=7
nsLoggingEntry.5 nsLogStatus RowStatus
netSnmpObjects.8 nsTransactions
nsTransactions.1 nsTransactionTable
nsTransactionTable.1 nsTransactionEntry
nsTransactionEntry.1 nsTransactionID Gauge32
nsTransactionEntry.2 nsTransactionMode Integer32
netSnmpModuleIDs.2 netSnmpAgentMIB
netSnmpNotifications.1 nsNotifyStart notification
netSnmpNotifications.2 nsNotifyShutdown notification
netSnmpNotifications.3 nsNotifyRestart notification
[NET-SNMP-EXTEND-MIB]
nsExtensions.1 netSnmpExtendMIB
nsExtensions.2 nsExtendObjects
nsExtendObjects.1 nsExtendNumEntries Integer32
nsExtendObjects.2 nsExtendConfigTable
nsExtendConfigTable.1 nsExtendConfigEntry
nsExtendConfigEntry.1 nsExtendToken DisplayString
nsExtendConfigEntry.2 nsExtendCommand DisplayString
nsExtendConfigEntry.3 nsExtendArgs DisplayString
nsExtendConfigEntry.4 nsExtendInput DisplayString
nsExtendConfigEntry.5 nsExtendCacheTime Integer32
nsExtendConfigEntry.6 nsExtendExecType Integer32 exec=1 shell=2
nsExtendConfigEntry.7 nsExtendRunType Integer32 run-on-read=1 run-on-set=2 run-command=3
nsExtendConfigEntry.20 nsExtendStorage StorageType
nsExtendConfigEntry.21 nsExtendStatus RowStatus
nsExtendObjects.3 nsExtendOutput1Table
nsExtendOutput1Table.1 nsExtendOutput1Entry
nsExtendOutput1Entry.1 nsExtendOutput1Line DisplayString
nsExtendOutput1Entry.2 nsExtendOutputFull DisplayString
nsExtendOutput1Entry.3 nsExtendOutNumLines Integer32
nsExtendOutput1Entry.4 nsExtendResult Integer32
nsExtendObjects.4 nsExtendOutput2Table
nsExtendOutput2Table.1 nsExtendOutput2Entry
nsExtendOutput2Entry.1 nsExtendLineIndex Integer32
nsExtendOutput2Entry.2 nsExtendOutLine DisplayString
[NET-SNMP-TC]
netSnmpModuleIDs.1 netSnmpTCs
netSnmpAgentOIDs.1 hpux9
netSnmpAgentOIDs.2 sunos4
netSnmpAgentOIDs.3 solaris
netSnmpAgentOIDs.4 osf
netSnmpAgentOIDs.5 ultrix
netSnmpAgentOIDs.6 hpux10
netSnmpAgentOIDs.7 netbsd
netSnmpAgentOIDs.8 freebsd
netSnmpAgentOIDs.9 irix
netSnmpAgentOIDs.10 linux
netSnmpAgentOIDs.11 bsdi
netSnmpAgentOIDs.12 openbsd
netSnmpAgentOIDs.13 win32
netSnmpAgentOIDs.14 hpux11
netSnmpAgentOIDs.15 aix
netSnmpAgentOIDs.16 macosx
netSnmpAgentOIDs.17 dragonfly
netSnmpDomains.1 netSnmpTCPDomain
netSnmpDomains.2 netSnmpUnixDomain
netSnmpDomains.3 netSnmpAAL5PVCDomain
netSnmpDomains.4 netSnmpUDPIPv6Domain
netSnmpDomains.5 netSnmpTCPIPv6Domain
netSnmpDomains.6 netSnmpCallbackDomain
netSnmpDomains.7 netSnmpAliasDomain
netSnmpDomains.8 netSnmpDTLSUDPDomain
netSnmpDomains.9 netSnmpDTLSSCTPDomain
netSnmpDomains.10 netSnmpTLSTCPDomain
[LM-SENSORS-MIB]
ucdExperimental.16 lmSensors
lmSensors.1 lmSensorsMIB
lmSensors.2 lmTempSensorsTable
lmTempSensorsTable.1 lmTempSensorsEntry
lmTempSensorsEntry.1 lmTempSensorsIndex Integer32
lmTempSensorsEntry.2 lmTempSensorsDevice DisplayString
lmTempSensorsEntry.3 lmTempSensorsValue Gauge32
lmSensors.3 lmFanSensorsTable
lmFanSensorsTable.1 lmFanSensorsEntry
lmFanSensorsEntry.1 lmFanSensorsIndex Integer32
lmFanSensorsEntry.2 lmFanSensorsDevice DisplayString
lmFanSensorsEntry.3 lmFanSensorsValue Gauge32
lmSensors.4 lmVoltSensorsTable
lmVoltSensorsTable.1 lmVoltSensorsEntry
lmVoltSensorsEntry.1 lmVoltSensorsIndex Integer32
lmVoltSensorsEntry.2 lmVoltSensorsDevice DisplayString
lmVoltSensorsEntry.3 lmVoltSensorsValue Gauge32
lmSensors.5 lmMiscSensorsTable
lmMiscSensorsTable.1 lmMiscSensorsEntry
lmMiscSensorsEntry.1 lmMiscSensorsIndex Integer32
lmMiscSensorsEntry.2 lmMiscSensorsDevice DisplayString
lmMiscSensorsEntry.3 lmMiscSensorsValue Gauge32
[NET-SNMP-EXAMPLES-MIB]
netSnmp.2 netSnmpExamples
netSnmpExamples.3 netSnmpExampleNotifications
netSnmpExampleNotifications.0 netSnmpExampleNotificationPrefix
netSnmpExampleNotificationPrefix.1 netSnmpExampleHeartbeatNotification notification
netSnmpExampleNotifications.1 netSnmpExampleNotification SnmpAdminString
netSnmpExampleNotifications.2 netSnmpExampleNotificationObjects
netSnmpExampleNotificationObjects.1 netSnmpExampleHeartbeatRate Integer32
netSnmpExampleNotificationObjects.2 netSnmpExampleHeartbeatName SnmpAdminString
"""
