#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A thread of the system's: for calls that block, and for what waits for a disk.
struct SystemThread {
    private let thread: pthread_t

    /// Begins at once with `body`, which it keeps until it has ended.
    init(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let context = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        #if canImport(Glibc)
            var started = pthread_t()
            let status = unsafe pthread_create(&started, nil, { unsafe SystemThread.run($0!) }, context)
        #else
            var started: pthread_t?
            let status = unsafe pthread_create(&started, nil, { unsafe SystemThread.run($0) }, context)
        #endif
        guard status == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(context).release()
            throw SystemCallError("start a thread", errno: status)
        }
        #if canImport(Glibc)
            thread = started
        #else
            thread = unsafe started!
        #endif
    }

    /// Nobody waits for its end.
    func detach() { pthread_detach(thread) }

    /// Waits for its end.
    func join() { pthread_join(thread, nil) }

    private static func run(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().body()
        return nil
    }

    /// What the thread is handed: a C function takes one pointer.
    private final class Body: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
