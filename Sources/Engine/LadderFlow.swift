import Diagnosis
import HostNetwork
import Probing

/// The one flow of a ladder: from where its packets leave.
struct LadderFlow {
    /// A ladder from a source port that was asked for is not the one from a port that the kernel chose.
    struct Key: Hashable {
        var isControl: Bool
        var sourcePort: UInt16?

        init(_ order: AttemptOrder) {
            isControl = order.purpose.isControl
            sourcePort = order.sourcePort
        }
    }

    /// Once the kernel has chosen.
    var port: UInt16?
    /// From which all its datagrams leave. It stays open to the end: this machine's kernel would tell the host that
    /// there is no such port.
    var socket: ProbeSocket?
    /// How many datagrams have left.
    var sent = 0
}
