public import HostNetwork
import PacketWire

extension FileError {
    /// The error as a line for a person: a name is text from outside, so it is escaped.
    public var line: String { "cannot \(operation) \(path.escapedForDisplay): \(reason)" }
}
