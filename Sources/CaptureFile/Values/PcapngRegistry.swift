/// Block types of pcapng, draft-ietf-opsawg-pcapng section 10.1.
enum BlockType {
    static let sectionHeader: UInt32 = 0x0A0D_0D0A
    static let interfaceDescription: UInt32 = 1
    /// Obsolete; files of before 2012 have it.
    static let packet: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let nameResolution: UInt32 = 4
    static let interfaceStatistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
    static let journalExport: UInt32 = 9
    static let decryptionSecrets: UInt32 = 10
    /// Whose content only its maker knows; the second is to be dropped when a file is rewritten.
    static let custom: UInt32 = 0xBAD
    static let customNotCopied: UInt32 = 0x4000_0BAD
}

/// Option codes of pcapng. 0 and 1 mean the same in each block, the others do not.
enum OptionCode {
    static let end: UInt16 = 0
    static let comment: UInt16 = 1

    enum SectionHeader {
        static let hardware: UInt16 = 2
        static let operatingSystem: UInt16 = 3
        static let application: UInt16 = 4
    }

    enum InterfaceDescription {
        static let name: UInt16 = 2
        static let text: UInt16 = 3
        static let resolution: UInt16 = 9
        static let filter: UInt16 = 11
        static let operatingSystem: UInt16 = 12
        static let frameCheckSequenceLength: UInt16 = 13
        static let timestampOffset: UInt16 = 14
        static let hardware: UInt16 = 15
    }

    enum EnhancedPacket {
        static let flags: UInt16 = 2
        static let dropCount: UInt16 = 4
    }

    enum InterfaceStatistics {
        static let start: UInt16 = 2
        static let end: UInt16 = 3
        static let received: UInt16 = 4
        static let droppedByInterface: UInt16 = 5
        static let filterAccepted: UInt16 = 6
        static let droppedByOS: UInt16 = 7
        static let delivered: UInt16 = 8
    }
}

/// The number that says which byte order a section has.
let byteOrderMagic: UInt32 = 0x1A2B_3C4D
