public import PacketWire

#if canImport(Glibc)
    internal import Glibc
    internal import Synchronization
#elseif canImport(Darwin)
    internal import Darwin
    internal import Synchronization
#endif

/// The names that the system's resolver has for some addresses: getnameinfo blocks, so it runs on a thread of its
/// own, one address after another, and says through a pipe that it has ended. Whoever has waited enough takes what
/// is there.
public final class ReverseResolution: Sendable {
    private let result = Mutex<[IPAddress: String]>([:])
    /// Becomes readable when every address has been asked for.
    public let descriptor: Int32
    private let signal: Int32

    public init(_ addresses: [IPAddress]) throws(SystemCallError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe ends.withUnsafeMutableBufferPointer({ unsafe pipe($0.baseAddress!) }) == 0 else {
            throw SystemCallError("pipe", errno: errno)
        }
        (descriptor, signal) = (ends[0], ends[1])
        let work = Work(owner: self, addresses: addresses)
        let context = unsafe Unmanaged.passRetained(work).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        guard status == 0 else {
            unsafe Unmanaged<Work>.fromOpaque(context).release()
            throw SystemCallError("start a thread", errno: status)
        }
        pthread_detach(thread)
    }

    deinit {
        close(descriptor)
        close(signal)
    }

    /// Names found so far.
    public var names: [IPAddress: String] { result.withLock { $0 } }

    private final class Work: Sendable {
        let owner: ReverseResolution
        let addresses: [IPAddress]

        init(owner: ReverseResolution, addresses: [IPAddress]) {
            self.owner = owner
            self.addresses = addresses
        }

        func run() {
            for address in addresses {
                guard let name = ReverseResolution.name(of: address) else { continue }
                owner.result.withLock { $0[address] = name }
            }
            var byte: UInt8 = 1
            unsafe write(owner.signal, &byte, 1)
        }
    }

    /// Nil where there is none: the address itself is no name.
    private static func name(of address: IPAddress) -> String? {
        var buffer = [UInt8](repeating: 0, count: 1_025)
        let status = SocketAddress(Endpoint(address, 0)).withPointer { pointer, length in
            unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe getnameinfo(
                    pointer, length, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                    socklen_t(bytes.count), nil, 0, NI_NAMEREQD)
            }
        }
        guard status == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }
}
