#if os(Linux)
    internal import CHostNetwork
    internal import Glibc

    /// A descriptor of a BPF map, program or attachment. The kernel keeps the object as long as somebody has one, and
    /// forgets it when the last is closed, however the process ends.
    final class BPFObject {
        let descriptor: Int32

        private init(_ descriptor: Int32, _ operation: String) throws(SystemCallError) {
            guard descriptor >= 0 else { throw SystemCallError(operation, errno: errno) }
            self.descriptor = descriptor
        }

        deinit { close(descriptor) }

        static func hash(keySize: Int, valueSize: Int, entries: Int) throws(SystemCallError) -> BPFObject {
            let descriptor = chn_bpf_hash(
                UInt32(clamping: keySize), UInt32(clamping: valueSize), UInt32(clamping: entries))
            return try BPFObject(descriptor, "create a BPF map")
        }

        /// - Parameter bytes: a power of two, and whole pages.
        static func ringBuffer(bytes: Int) throws(SystemCallError) -> BPFObject {
            try BPFObject(chn_bpf_ring_buffer(UInt32(clamping: bytes)), "create a BPF ring buffer")
        }

        static func rawTracepointProgram(_ instructions: [UInt64]) throws(SystemCallError) -> BPFObject {
            let descriptor = unsafe instructions.withUnsafeBufferPointer { buffer in
                // Reading kernel memory is for programs under a license that the kernel calls compatible with its own.
                unsafe "Dual MIT/GPL".withCString { license in
                    unsafe chn_bpf_load_raw_tracepoint(
                        buffer.baseAddress, UInt32(clamping: buffer.count), license, nil, 0)
                }
            }
            return try BPFObject(descriptor, "load a BPF program")
        }

        static func attachment(of program: BPFObject, toRawTracepoint name: String) throws(SystemCallError) -> BPFObject
        {
            let descriptor = unsafe name.withCString {
                unsafe chn_bpf_attach_raw_tracepoint($0, program.descriptor)
            }
            return try BPFObject(descriptor, "attach to the tracepoint \(name)")
        }

        /// What the kernel's verifier says of a program: for whoever changes one.
        static func verdict(on instructions: [UInt64]) -> String {
            var log = [CChar](repeating: 0, count: 1 << 18)
            let descriptor = unsafe instructions.withUnsafeBufferPointer { buffer in
                unsafe "Dual MIT/GPL".withCString { license in
                    unsafe log.withUnsafeMutableBufferPointer { log in
                        unsafe chn_bpf_load_raw_tracepoint(
                            buffer.baseAddress, UInt32(clamping: buffer.count), license, log.baseAddress,
                            UInt32(clamping: log.count))
                    }
                }
            }
            if descriptor >= 0 { close(descriptor) }
            return String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        /// Writes one entry of a map.
        func set(_ key: [UInt8], _ value: [UInt8]) throws(SystemCallError) {
            let result = unsafe key.withUnsafeBytes { key in
                unsafe value.withUnsafeBytes { value in
                    unsafe chn_bpf_set(descriptor, key.baseAddress, value.baseAddress)
                }
            }
            guard result == 0 else { throw SystemCallError("write into a BPF map", errno: errno) }
        }
    }
#endif
