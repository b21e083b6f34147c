#if canImport(Glibc)
    internal import Glibc
    internal import Synchronization
#elseif canImport(Darwin)
    internal import Darwin
    internal import Synchronization
#endif

/// A call of the system's that blocks, on a thread of its own: it says through a pipe that it has ended, and whoever
/// has waited enough takes what is there. The thread keeps it alive until then.
final class BlockingCall<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    /// Becomes readable when the call has ended.
    let descriptor: Int32
    private let signal: Int32

    init(
        _ initial: Value, _ body: @escaping @Sendable (BlockingCall<Value>) -> Void
    ) throws(SystemCallError) {
        state = Mutex(initial)
        var ends: [Int32] = [-1, -1]
        guard unsafe ends.withUnsafeMutableBufferPointer({ unsafe pipe($0.baseAddress!) }) == 0 else {
            throw SystemCallError("pipe", errno: errno)
        }
        (descriptor, signal) = (ends[0], ends[1])
        try SystemThread { [self] in end(after: body) }.detach()
    }

    deinit {
        close(descriptor)
        close(signal)
    }

    /// What is known so far.
    var value: Value { state.withLock { $0 } }

    func update(_ change: (inout Value) -> Void) { state.withLock { change(&$0) } }

    private func end(after body: (BlockingCall<Value>) -> Void) {
        body(self)
        var byte: UInt8 = 1
        unsafe write(signal, &byte, 1)
    }
}
