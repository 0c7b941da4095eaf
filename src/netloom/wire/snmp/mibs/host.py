"""Hosts (RFC 2790): what they have, run and are made of."""

from __future__ import annotations

TABLE = """
[HOST-RESOURCES-MIB]
mib-2.25 host
host.1 hrSystem
hrSystem.1 hrSystemUptime TimeTicks
hrSystem.2 hrSystemDate DateAndTime
hrSystem.3 hrSystemInitialLoadDevice Integer32
hrSystem.4 hrSystemInitialLoadParameters OctetString
hrSystem.5 hrSystemNumUsers Gauge32
hrSystem.6 hrSystemProcesses Gauge32
hrSystem.7 hrSystemMaxProcesses Integer32
host.2 hrStorage
hrStorage.1 hrStorageTypes
hrStorage.2 hrMemorySize Integer32
hrStorage.3 hrStorageTable
hrStorageTable.1 hrStorageEntry
hrStorageEntry.1 hrStorageIndex Integer32
hrStorageEntry.2 hrStorageType ObjectIdentifier
hrStorageEntry.3 hrStorageDescr DisplayString
hrStorageEntry.4 hrStorageAllocationUnits Integer32
hrStorageEntry.5 hrStorageSize Integer32
hrStorageEntry.6 hrStorageUsed Integer32
hrStorageEntry.7 hrStorageAllocationFailures Counter32
host.3 hrDevice
hrDevice.1 hrDeviceTypes
hrDevice.2 hrDeviceTable
hrDeviceTable.1 hrDeviceEntry
hrDeviceEntry.1 hrDeviceIndex Integer32
hrDeviceEntry.2 hrDeviceType ObjectIdentifier
hrDeviceEntry.3 hrDeviceDescr DisplayString
hrDeviceEntry.4 hrDeviceID ObjectIdentifier
hrDeviceEntry.5 hrDeviceStatus Integer32 unknown=1 running=2 warning=3 testing=4 down=5
hrDeviceEntry.6 hrDeviceErrors Counter32
hrDevice.3 hrProcessorTable
hrProcessorTable.1 hrProcessorEntry
hrProcessorEntry.1 hrProcessorFrwID ObjectIdentifier
hrProcessorEntry.2 hrProcessorLoad Integer32
hrDevice.4 hrNetworkTable
hrNetworkTable.1 hrNetworkEntry
hrNetworkEntry.1 hrNetworkIfIndex Integer32
hrDevice.5 hrPrinterTable
hrPrinterTable.1 hrPrinterEntry
hrPrinterEntry.1 hrPrinterStatus Integer32 other=1 unknown=2 idle=3 printing=4 warmup=5
hrPrinterEntry.2 hrPrinterDetectedErrorState OctetString
hrDevice.6 hrDiskStorageTable
hrDiskStorageTable.1 hrDiskStorageEntry
hrDiskStorageEntry.1 hrDiskStorageAccess Integer32 readWrite=1 readOnly=2
hrDiskStorageEntry.2 hrDiskStorageMedia Integer32 other=1 unknown=2 hardDisk=3 floppyDisk=4 opticalDiskROM=5
  opticalDiskWORM=6 opticalDiskRW=7 ramDisk=8
hrDiskStorageEntry.3 hrDiskStorageRemoveble TruthValue
hrDiskStorageEntry.4 hrDiskStorageCapacity Integer32
hrDevice.7 hrPartitionTable
hrPartitionTable.1 hrPartitionEntry
hrPartitionEntry.1 hrPartitionIndex Integer32
hrPartitionEntry.2 hrPartitionLabel OctetString
hrPartitionEntry.3 hrPartitionID OctetString
hrPartitionEntry.4 hrPartitionSize Integer32
hrPartitionEntry.5 hrPartitionFSIndex Integer32
hrDevice.8 hrFSTable
hrFSTable.1 hrFSEntry
hrFSEntry.1 hrFSIndex Integer32
hrFSEntry.2 hrFSMountPoint OctetString
hrFSEntry.3 hrFSRemoteMountPoint OctetString
hrFSEntry.4 hrFSType ObjectIdentifier
hrFSEntry.5 hrFSAccess Integer32 readWrite=1 readOnly=2
hrFSEntry.6 hrFSBootable TruthValue
hrFSEntry.7 hrFSStorageIndex Integer32
hrFSEntry.8 hrFSLastFullBackupDate DateAndTime
hrFSEntry.9 hrFSLastPartialBackupDate DateAndTime
hrDevice.9 hrFSTypes
host.4 hrSWRun
hrSWRun.1 hrSWOSIndex Integer32
hrSWRun.2 hrSWRunTable
hrSWRunTable.1 hrSWRunEntry
hrSWRunEntry.1 hrSWRunIndex Integer32
hrSWRunEntry.2 hrSWRunName OctetString
hrSWRunEntry.3 hrSWRunID ObjectIdentifier
hrSWRunEntry.4 hrSWRunPath OctetString
hrSWRunEntry.5 hrSWRunParameters OctetString
hrSWRunEntry.6 hrSWRunType Integer32 unknown=1 operatingSystem=2 deviceDriver=3 application=4
hrSWRunEntry.7 hrSWRunStatus Integer32 running=1 runnable=2 notRunnable=3 invalid=4
host.5 hrSWRunPerf
hrSWRunPerf.1 hrSWRunPerfTable
hrSWRunPerfTable.1 hrSWRunPerfEntry
hrSWRunPerfEntry.1 hrSWRunPerfCPU Integer32
hrSWRunPerfEntry.2 hrSWRunPerfMem Integer32
host.6 hrSWInstalled
hrSWInstalled.1 hrSWInstalledLastChange TimeTicks
hrSWInstalled.2 hrSWInstalledLastUpdateTime TimeTicks
hrSWInstalled.3 hrSWInstalledTable
hrSWInstalledTable.1 hrSWInstalledEntry
hrSWInstalledEntry.1 hrSWInstalledIndex Integer32
hrSWInstalledEntry.2 hrSWInstalledName OctetString
hrSWInstalledEntry.3 hrSWInstalledID ObjectIdentifier
hrSWInstalledEntry.4 hrSWInstalledType Integer32 unknown=1 operatingSystem=2 deviceDriver=3 application=4
hrSWInstalledEntry.5 hrSWInstalledDate DateAndTime
host.7 hrMIBAdminInfo
hrMIBAdminInfo.1 hostResourcesMibModule
[HOST-RESOURCES-TYPES]
hrStorage.1 hrStorageTypes
hrStorageTypes.1 hrStorageOther
hrStorageTypes.2 hrStorageRam
hrStorageTypes.3 hrStorageVirtualMemory
hrStorageTypes.4 hrStorageFixedDisk
hrStorageTypes.5 hrStorageRemovableDisk
hrStorageTypes.6 hrStorageFloppyDisk
hrStorageTypes.7 hrStorageCompactDisc
hrStorageTypes.8 hrStorageRamDisk
hrStorageTypes.9 hrStorageFlashMemory
hrStorageTypes.10 hrStorageNetworkDisk
hrDevice.1 hrDeviceTypes
hrDeviceTypes.1 hrDeviceOther
hrDeviceTypes.2 hrDeviceUnknown
hrDeviceTypes.3 hrDeviceProcessor
hrDeviceTypes.4 hrDeviceNetwork
hrDeviceTypes.5 hrDevicePrinter
hrDeviceTypes.6 hrDeviceDiskStorage
hrDeviceTypes.10 hrDeviceVideo
hrDeviceTypes.11 hrDeviceAudio
hrDeviceTypes.12 hrDeviceCoprocessor
hrDeviceTypes.13 hrDeviceKeyboard
hrDeviceTypes.14 hrDeviceModem
hrDeviceTypes.15 hrDeviceParallelPort
hrDeviceTypes.16 hrDevicePointing
hrDeviceTypes.17 hrDeviceSerialPort
hrDeviceTypes.18 hrDeviceTape
hrDeviceTypes.19 hrDeviceClock
hrDeviceTypes.20 hrDeviceVolatileMemory
hrDeviceTypes.21 hrDeviceNonVolatileMemory
hrDevice.9 hrFSTypes
hrFSTypes.1 hrFSOther
hrFSTypes.2 hrFSUnknown
hrFSTypes.3 hrFSBerkeleyFFS
hrFSTypes.4 hrFSSys5FS
hrFSTypes.5 hrFSFat
hrFSTypes.6 hrFSHPFS
hrFSTypes.7 hrFSHFS
hrFSTypes.8 hrFSMFS
hrFSTypes.9 hrFSNTFS
hrFSTypes.10 hrFSVNode
hrFSTypes.11 hrFSJournaled
hrFSTypes.12 hrFSiso9660
hrFSTypes.13 hrFSRockRidge
hrFSTypes.14 hrFSNFS
hrFSTypes.15 hrFSNetware
hrFSTypes.16 hrFSAFS
hrFSTypes.17 hrFSDFS
hrFSTypes.18 hrFSAppleshare
hrFSTypes.19 hrFSRFS
hrFSTypes.20 hrFSDGCFS
hrFSTypes.21 hrFSBFS
hrFSTypes.22 hrFSFAT32
hrFSTypes.23 hrFSLinuxExt2
hrMIBAdminInfo.4 hostResourcesTypesModule
"""
