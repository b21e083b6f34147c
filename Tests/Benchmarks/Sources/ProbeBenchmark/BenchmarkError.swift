/// Something could not be measured: the only thing that makes the benchmark fail.
struct BenchmarkError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
