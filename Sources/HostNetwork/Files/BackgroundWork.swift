#if canImport(Glibc)
    internal import Glibc
    internal import Synchronization
#elseif canImport(Darwin)
    internal import Darwin
    internal import Synchronization
#endif

/// A thread for what may wait for a disk, one piece after the other, so that whoever reads packets does not wait.
///
/// The thread begins with the first piece: a process gives up its rights before it has a second thread. Where none
/// can be had, the work is done at once.
public final class BackgroundWork {
    /// A piece of work gives the error that it ended with.
    public typealias Piece = @Sendable () -> FileError?

    private let shared = Shared()
    private var thread: SystemThread?
    private var signal: Int32 = -1

    public init() {}

    /// Waits for what is queued, and ends the thread.
    deinit {
        guard let thread else { return }
        close(signal)
        thread.join()
    }

    public func enqueue(_ piece: @escaping Piece) {
        if thread == nil { start() }
        guard thread != nil else { return shared.end(of: piece()) }
        shared.state.withLock { $0.waiting.append(piece) }
        var byte: UInt8 = 1
        while unsafe write(signal, &byte, 1) < 0, errno == EINTR {}
    }

    /// Nothing is queued or under way.
    public var isIdle: Bool { shared.state.withLock { $0.waiting.isEmpty && !$0.isBusy } }

    /// The first error that a piece ended with.
    public var failure: FileError? { shared.state.withLock { $0.failure } }

    private func start() {
        var ends: [Int32] = [-1, -1]
        guard unsafe ends.withUnsafeMutableBufferPointer({ unsafe pipe($0.baseAddress!) }) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let worker = Worker(shared: shared, wake: ends[0])
        guard let started = try? SystemThread({ worker.run() }) else {
            close(ends[1])
            return
        }
        (thread, signal) = (started, ends[1])
    }

    private struct State {
        var waiting: [Piece] = []
        var isBusy = false
        var failure: FileError?
    }

    /// What both threads see.
    private final class Shared: Sendable {
        let state = Mutex(State())

        func next() -> Piece? {
            state.withLock { state in
                guard !state.waiting.isEmpty else { return nil }
                state.isBusy = true
                return state.waiting.removeFirst()
            }
        }

        func end(of failure: FileError?) {
            state.withLock { state in
                state.isBusy = false
                state.failure = state.failure ?? failure
            }
        }
    }

    /// What the thread does. It ends when nobody can wake it any more.
    private final class Worker: Sendable {
        let shared: Shared
        let wake: Int32

        init(shared: Shared, wake: Int32) {
            self.shared = shared
            self.wake = wake
        }

        deinit { close(wake) }

        func run() {
            var byte: UInt8 = 0
            while true {
                let count = unsafe read(wake, &byte, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                if let piece = shared.next() { shared.end(of: piece()) }
            }
        }
    }
}
