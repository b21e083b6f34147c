#if os(Linux)
    @testable import HostNetwork

    /// Writes BTF by hand: types in the order they are added, ids from 1.
    struct BTFBuilder {
        private var types: [UInt8] = []
        private var strings: [UInt8] = [0]
        private(set) var count: UInt32 = 0

        mutating func name(_ text: String) -> UInt32 {
            guard !text.isEmpty else { return 0 }
            let offset = UInt32(strings.count)
            strings += Array(text.utf8) + [0]
            return offset
        }

        /// Adds a record; returns its id.
        @discardableResult
        mutating func add(
            _ kind: BTF.Kind, _ name: String = "", count: Int = 0, hasBitFields: Bool = false, _ sizeOrType: UInt32 = 0,
            _ extra: [UInt32] = []
        ) -> UInt32 {
            types.word(self.name(name))
            types.word(UInt32(count) | kind.rawValue << 24 | (hasBitFields ? 1 << 31 : 0))
            types.word(sizeOrType)
            for word in extra { types.word(word) }
            self.count += 1
            return self.count
        }

        @discardableResult
        mutating func structure(
            _ name: String, kind: BTF.Kind = .structure, hasBitFields: Bool = false,
            _ members: [(name: String, type: UInt32, bitOffset: UInt32)]
        ) -> UInt32 {
            let words = members.flatMap { [self.name($0.name), $0.type, $0.bitOffset] }
            return add(kind, name, count: members.count, hasBitFields: hasBitFields, 64, words)
        }

        @discardableResult
        mutating func enumeration(_ name: String, _ values: [(String, UInt32)]) -> UInt32 {
            add(.enumeration, name, count: values.count, 4, values.flatMap { [self.name($0.0), $0.1] })
        }

        mutating func prototype(_ parameters: [UInt32]) -> UInt32 {
            add(.functionPrototype, "", count: parameters.count, 0, parameters.flatMap { [0, $0] })
        }

        var bytes: [UInt8] {
            var bytes: [UInt8] = [0x9F, 0xEB, 1, 0]
            for word in [24, 0, types.count, types.count, strings.count] { bytes.word(UInt32(word)) }
            return bytes + types + strings
        }

        /// All that a drop layout asks for, with offsets that are easy to tell apart.
        ///
        /// - Parameter receiver: as kernels since 6.11 have it, with the socket as the tracepoint's last argument.
        static func kernel(receiver: Bool = true, reason: Bool = true) -> BTFBuilder {
            var btf = BTFBuilder()
            let int = btf.add(.int, "unsigned int", 4, [32])
            let pointer = btf.add(.pointer, "", int)
            let namespaces = btf.structure("ns_common", [("stashed", pointer, 0), ("inum", int, 192)])
            let net = btf.structure("net", [("passive", int, 0), ("ns", namespaces, 320)])
            let netPointer = btf.add(.pointer, "", net)
            let possible = btf.structure("", [("net", netPointer, 0)])
            let possibleName = btf.add(.typedef, "possible_net_t", possible)
            let device = btf.structure(
                "net_device", [("flags", int, 0), ("ifindex", int, 1_600), ("nd_net", possibleName, 2_048)])
            let devicePointer = btf.add(.pointer, "", device)
            let common = btf.structure("sock_common", [("skc_hash", int, 64), ("skc_net", possibleName, 384)])
            let socket = btf.structure("sock", [("__sk_common", common, 0)])
            let socketPointer = btf.add(.pointer, "", socket)
            btf.add(.forward, "sk_buff")
            let inner = btf.structure("", kind: .union, [("dev", devicePointer, 0), ("dev_scratch", int, 0)])
            let list = btf.structure("", [("next", pointer, 0), ("", inner, 128)])
            let either = btf.structure("", kind: .union, [("", list, 0), ("rbnode", int, 0)])
            let packet = btf.structure(
                "sk_buff", hasBitFields: true,
                [
                    ("", either, 0), ("sk", socketPointer, 192), ("_skb_refdst", int, 704),
                    ("cloned", int, 1 << 24 | 1_008), ("skb_iif", int, 1_120), ("protocol", int, 1_440),
                    ("network_header", int, 1_472), ("tail", int, 1_504), ("head", pointer, 1_600),
                ])
            btf.structure("dst_entry", [("dev", devicePointer, 0)])
            let reasons = btf.enumeration(
                "skb_drop_reason",
                [("SKB_CONSUMED", 1), ("SKB_DROP_REASON_NETFILTER_DROP", 12), ("SKB_DROP_REASON_IP_RPFILTER", 16)])
            let packetPointer = btf.add(.pointer, "", packet)
            let prototype = btf.prototype(
                [pointer, packetPointer, pointer] + (reason ? [reasons] : []) + (receiver ? [socketPointer] : []))
            let function = btf.add(.pointer, "", prototype)
            btf.add(.typedef, "btf_trace_kfree_skb", function)
            return btf
        }
    }

    extension [UInt8] {
        fileprivate mutating func word(_ value: UInt32) {
            for shift: UInt32 in [0, 8, 16, 24] { append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
    }
#endif
