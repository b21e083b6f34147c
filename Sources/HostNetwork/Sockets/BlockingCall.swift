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
        let context = unsafe Unmanaged.passRetained(Work { [self] in end(after: body) }).toOpaque()
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

    /// What is known so far.
    var value: Value { state.withLock { $0 } }

    func update(_ change: (inout Value) -> Void) { state.withLock { change(&$0) } }

    private func end(after body: (BlockingCall<Value>) -> Void) {
        body(self)
        var byte: UInt8 = 1
        unsafe write(signal, &byte, 1)
    }
}

/// What a thread is handed: a C function takes one pointer, and knows no generic type.
private final class Work: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
