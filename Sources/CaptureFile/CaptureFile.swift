/// Reading a whole capture at once, for tests and tools that are in no hurry.
public enum CaptureFile {
    /// A record with its own copy of the bytes.
    public struct Packet: Hashable, Sendable {
        public var number: Int
        public var bytes: [UInt8]
        public var originalLength: Int
        public var timestamp: CaptureTimestamp?
        /// Index into `Contents.interfaces`.
        public var interface: Int
        public var options: PacketOptions

        public init(
            number: Int, bytes: [UInt8], originalLength: Int, timestamp: CaptureTimestamp?, interface: Int = 0,
            options: PacketOptions = .none
        ) {
            self.number = number
            self.bytes = bytes
            self.originalLength = originalLength
            self.timestamp = timestamp
            self.interface = interface
            self.options = options
        }
    }

    /// Everything that could be read of a file.
    public struct Contents: Sendable {
        /// Nil when the file header was not accepted.
        public var format: CaptureReader.Format?
        public var sections: [CaptureSection]
        public var interfaces: [CaptureInterface]
        public var names: [NameRecord]
        public var packets: [Packet]
        /// What ended the reading before the file's end.
        public var problem: CaptureFileError?
        /// What was wrong on the way there and did not end it: the first thousand places, and the sums of all.
        public var damage: [CaptureDamage]
        public var totals: DamageTotals
        public var skippedBlocks: SkippedBlocks
    }

    /// Reads as far as it goes; never throws, because what came before a problem is still good.
    public static func readAll(_ bytes: [UInt8]) -> Contents {
        var reader = CaptureReader()
        var packets: [Packet] = []
        var problem: CaptureFileError?
        let window = bytes.span
        do throws(CaptureFileError) {
            while case .record(let record) = try reader.next(in: window) {
                packets.append(
                    Packet(
                        number: record.number, bytes: Array(bytes[record.frame]),
                        originalLength: record.originalLength, timestamp: record.timestamp,
                        interface: record.interface, options: record.options(in: window)))
            }
        } catch {
            problem = error
        }
        return Contents(
            format: reader.format, sections: reader.sections, interfaces: reader.interfaces, names: reader.names,
            packets: packets, problem: problem, damage: reader.damage, totals: reader.totals,
            skippedBlocks: reader.skippedBlocks)
    }
}
