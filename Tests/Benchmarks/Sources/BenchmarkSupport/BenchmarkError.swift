/// Something could not be measured: the only thing that makes a benchmark fail.
public struct BenchmarkError: Error, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
