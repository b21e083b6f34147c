#if os(Linux)
    internal import Glibc
    public import PacketWire

    /// Tells of each packet that this machine's kernel dropped, in this network namespace, from or to one of a few
    /// addresses. Read only: a BPF program on the tracepoint `skb:kfree_skb` looks on.
    ///
    /// Opened with privileges (CAP_BPF and CAP_PERFMON), read without. Nothing of it outlives its descriptors, so
    /// nothing is left behind, however the process ends.
    public final class DropMonitor {
        /// How many addresses are watched at the most.
        public static let mostAddresses = 65_536
        /// Some two thousand drops between two looks.
        private static let ringBytes = 1 << 18

        private let ring: BPFRing
        private let addresses: BPFObject
        private let program: BPFObject
        private let attachment: BPFObject
        private let reasons: [UInt32: String]
        private let symbols = KernelSymbols()

        /// Readable when something was dropped.
        public var descriptor: Int32 { ring.descriptor }

        /// There was more than could be kept: from then on absence says nothing.
        public var hasLostSome: Bool { ring.wasFull }

        /// Begins to watch, from the moment it returns.
        public init(addresses watched: [IPAddress]) throws(DropMonitorUnavailable) {
            guard Int.bitWidth == 64, 1.littleEndian == 1 else {
                throw DropMonitorUnavailable(
                    description: "only 64-bit little-endian machines are known", isPermission: false)
            }
            guard watched.count <= Self.mostAddresses else {
                throw DropMonitorUnavailable(
                    description: "more than \(Self.mostAddresses) addresses to watch", isPermission: false)
            }
            do throws(SystemCallError) {
                // The cheap calls first: whoever may not do this learns it here.
                addresses = try .hash(keySize: 16, valueSize: 4, entries: max(1, watched.count))
                for address in watched { try addresses.set(Self.key(address), [1, 0, 0, 0]) }
                ring = try BPFRing(size: Self.ringBytes)
            } catch {
                throw DropMonitorUnavailable(description: error.description, isPermission: error.isPermission)
            }
            let layout = try Self.layout()
            do throws(SystemCallError) {
                program = try .rawTracepointProgram(
                    DropProgram.assemble(
                        layout, namespace: try Self.namespace(), addresses: addresses.descriptor, ring: ring.descriptor)
                )
                attachment = try .attachment(of: program, toRawTracepoint: "kfree_skb")
            } catch {
                throw DropMonitorUnavailable(description: error.description, isPermission: error.isPermission)
            }
            reasons = layout.reasons
        }

        /// What is watched, as the program looks it up: IPv4 as `::ffff:a.b.c.d`.
        static func key(_ address: IPAddress) -> [UInt8] {
            let bytes = address.networkBytes
            return bytes.count == 16 ? bytes : [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + bytes
        }

        private static func layout() throws(DropMonitorUnavailable) -> DropLayout {
            let path = "/sys/kernel/btf/vmlinux"
            let file: InputFile
            do {
                file = try InputFile(reading: path)
            } catch {
                throw DropMonitorUnavailable(
                    description: "this kernel does not describe its types (\(path)): \(error)",
                    isPermission: false)
            }
            let layout: Result<DropLayout, BTF.Failure> = file.withBytes { bytes in
                do throws(BTF.Failure) {
                    return .success(try DropLayout(bytes.bytes))
                } catch {
                    return .failure(error)
                }
            }
            do throws(BTF.Failure) {
                return try layout.get()
            } catch {
                let what =
                    switch error {
                    case .missing(let name): "this kernel has no \(name)"
                    case .notBTF, .cutShort, .unknownKind: "\(path) cannot be read"
                    }
                throw DropMonitorUnavailable(description: what, isPermission: false)
            }
        }

        /// The inode of the calling thread's network namespace, by which the kernel knows it.
        private static func namespace() throws(SystemCallError) -> UInt32 {
            var status = stat()
            let path = "/proc/thread-self/ns/net"
            guard unsafe stat(path, &status) == 0, let inode = UInt32(exactly: status.st_ino) else {
                throw SystemCallError("look up the network namespace", errno: errno, subject: path)
            }
            return inode
        }

        // MARK: Reading

        /// Hands over what was dropped since the last look, oldest first.
        public func read(_ body: (DroppedPacket) -> Void) {
            ring.read(expected: DropProgram.Event.size) { record in
                guard let event = DropEvent(record) else { return }
                body(
                    DroppedPacket(
                        reason: reasons[event.reason] ?? "reason \(event.reason)", place: event.place,
                        interfaceIndex: event.interface, monotonicNanoseconds: event.at, bytes: event.bytes))
            }
        }

        /// The kernel functions in which packets were dropped, as far as its symbols may be read.
        public func functions(at places: Set<UInt64>) -> [UInt64: String] { symbols?.names(of: places) ?? [:] }
    }
#endif
