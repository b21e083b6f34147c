#if os(Linux)
    /// Where the running kernel keeps what the drop program reads, and what it calls the reasons.
    ///
    /// All of it is that kernel's own word, from its BTF: no offset and no reason is compiled in. The headers of IP
    /// are not in here: those are wire formats.
    struct DropLayout: Hashable {
        // struct sk_buff
        var head: Int
        var tail: Int
        var networkHeader: Int
        var networkProtocol: Int
        var device: Int
        var socket: Int
        var destination: Int
        var arrivalInterface: Int
        // struct net_device
        var deviceNamespace: Int
        var deviceIndex: Int
        // struct sock
        var socketNamespace: Int
        // struct dst_entry
        var destinationDevice: Int
        // struct net
        var inode: Int
        // The tracepoint's arguments, counted from 0.
        var packetArgument: Int
        var placeArgument: Int
        var reasonArgument: Int
        /// The socket that would have received it: kernels since 6.11.
        var receiverArgument: Int?
        /// Names without the prefix that all of them share.
        var reasons: [UInt32: String]

        private static let packet = BTF.Name(.structure, "sk_buff")
        private static let socket = BTF.Name(.structure, "sock")
        private static let reason = BTF.Name(.enumeration, "skb_drop_reason")
        private static let tracepoint = BTF.Name(.typedef, "btf_trace_kfree_skb")

        init(_ bytes: RawSpan) throws(BTF.Failure) {
            let btf = try BTF(
                bytes,
                wanted: [
                    Self.packet, Self.socket, Self.reason, Self.tracepoint, .init(.structure, "net_device"),
                    .init(.structure, "dst_entry"), .init(.structure, "net"),
                ])
            func offset(_ structure: String, _ path: String...) throws(BTF.Failure) -> Int {
                try btf.offset(bytes, of: path, in: structure)
            }
            head = try offset("sk_buff", "head")
            tail = try offset("sk_buff", "tail")
            networkHeader = try offset("sk_buff", "network_header")
            networkProtocol = try offset("sk_buff", "protocol")
            device = try offset("sk_buff", "dev")
            socket = try offset("sk_buff", "sk")
            destination = try offset("sk_buff", "_skb_refdst")
            arrivalInterface = try offset("sk_buff", "skb_iif")
            deviceNamespace = try offset("net_device", "nd_net", "net")
            deviceIndex = try offset("net_device", "ifindex")
            socketNamespace = try offset("sock", "__sk_common", "skc_net", "net")
            destinationDevice = try offset("dst_entry", "dev")
            inode = try offset("net", "ns", "inum")

            // The first parameter is the program's own: arguments begin after it (include/trace/bpf_probe.h).
            let arguments = try btf.parameters(
                bytes, ofTypedef: Self.tracepoint.text, among: [Self.packet, Self.socket, Self.reason]
            ).dropFirst()
            func argument(_ wanted: BTF.Parameter) -> Int? { arguments.firstIndex(of: wanted).map { $0 - 1 } }
            guard let packet = argument(.pointerTo("sk_buff")), let reason = argument(.enumeration("skb_drop_reason"))
            else {
                throw .missing("a reason in the tracepoint kfree_skb")
            }
            // `void *location` stands between them in every kernel that gives reasons.
            guard reason == packet + 2 else { throw .missing("the place in the tracepoint kfree_skb") }
            packetArgument = packet
            placeArgument = packet + 1
            reasonArgument = reason
            receiverArgument = argument(.pointerTo("sock"))
            reasons = try btf.values(bytes, ofEnumeration: Self.reason.text).mapValues(Self.shortened)
        }

        /// `NETFILTER_DROP` of `SKB_DROP_REASON_NETFILTER_DROP`.
        static func shortened(_ name: String) -> String {
            for prefix in ["SKB_DROP_REASON_", "SKB_"] where name.hasPrefix(prefix) {
                return String(name.dropFirst(prefix.count))
            }
            return name
        }
    }
#endif
