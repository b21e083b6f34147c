import Diagnosis
import PacketWire

/// Which packet sizes pass. Sizes are bytes of whole IP packets.
extension JSONValue {
    init(_ sizes: PathSizeFacts) {
        self = .object([
            .init("occasion", .string(sizes.occasion.code)),
            .init("link_mtu", .integer(Int64(sizes.linkMTU))),
            .init("agreed_packet", .optional(sizes.agreedSegment) { .integer(Int64($0)) }),
            .init("limits", .array(sizes.limits.map { JSONValue($0) })),
        ])
    }

    private init(_ limit: SizeLimit) {
        self = .object([
            .init("means", .string(limit.means.code)),
            .init("direction", .string(limit.direction.rawValue)),
            .init("passes", .integer(Int64(limit.passed))),
            .init("lost", .optional(limit.lost) { .integer(Int64($0)) }),
            .init(
                "reported",
                .optional(limit.reported) {
                    .object([.init("mtu", .integer(Int64($0.mtu))), .init("by", .address($0.sender))])
                }),
            .init("confirmed", .boolean(limit.isConfirmed)),
        ])
    }
}

extension PathSizeFacts.Occasion {
    fileprivate var code: String {
        switch self {
        case .asked: "asked"
        case .stall: "stall"
        case .silentQUIC: "silent-quic"
        }
    }
}

extension PathSizeFacts.Trial.Means {
    fileprivate var code: String {
        switch self {
        case .datagram: "datagram"
        case .echo: "echo"
        case .segments: "segments"
        }
    }
}
