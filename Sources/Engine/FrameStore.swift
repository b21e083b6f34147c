import CaptureFile
import Diagnosis
import HostNetwork
import PacketWire

/// The frames of a probe run, kept until the verdicts stand: the file carries a comment on each packet that a
/// verdict rests on, and those are known only at the end. A probe sees some dozens of small packets a target,
/// and the store is bounded all the same.
struct FrameStore {
    struct Frame {
        var interface: Int
        var unixNanoseconds: Int64
        var originalLength: Int
        var isOutbound: Bool?
        var bytes: [UInt8]
    }

    struct Interface {
        var name: String
        var linkType: LinkType
        var snapLength: Int
        var filter: String
        var received: UInt64 = 0
        var dropped: UInt64 = 0
    }

    static let mostBytes = 48 << 20

    var interfaces: [Interface] = []
    private(set) var frames: [Frame] = []
    private(set) var bytes = 0
    /// Frames that the bound had no room for.
    private(set) var notKept = 0
    let keepsBytes: Bool
    /// Frames numbered so far, kept or not.
    private(set) var count = 0

    init(keepsBytes: Bool) {
        self.keepsBytes = keepsBytes
    }

    /// Takes a frame in; returns its number, counted from 1.
    mutating func add(_ frame: @autoclosure () -> Frame, length: Int) -> Int {
        count += 1
        guard keepsBytes else { return count }
        guard bytes + length <= Self.mostBytes else {
            notKept += 1
            return count
        }
        bytes += length
        frames.append(frame())
        return count
    }
}
