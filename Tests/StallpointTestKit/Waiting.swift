public import Testing

/// Of a suite whose tests wait for other programs more than they compute.
///
/// All tests share a pool of as many threads as there are cores, and stand in line for it: thousands of cases that compute.
/// A test that waits for a program would go to the end of that line each time one ends, and start its next only when
/// everybody else has had his turn; so the lab would stand idle until all computing is done. What is more urgent stands in
/// no line: it has threads of its own.
public struct Waiting: SuiteTrait, TestScoping {
    /// The scope is the whole suite: not each test, whose beginning would stand in the line.
    public var isRecursive: Bool { false }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withoutActuallyEscaping(function) { function in
            try await Task(priority: .high) { try await function() }.value
        }
    }
}

extension Trait where Self == Waiting {
    public static var waiting: Self { Self() }
}
