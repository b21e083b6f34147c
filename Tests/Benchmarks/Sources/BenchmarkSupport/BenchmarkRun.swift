import Glibc

/// Runs a benchmark with the program's arguments. What could not be measured is one line, and the end with status 1.
public func measure(_ body: (_ arguments: [String]) throws -> Void) {
    do {
        try body(Array(CommandLine.arguments.dropFirst()))
    } catch {
        say("Not measured: \(error)\n", to: 2)
        exit(1)
    }
}

/// What an option's value says, where it is a number that the option takes.
public func number<Value: LosslessStringConvertible & Comparable>(
    _ text: String, _ option: String, _ range: ClosedRange<Value>
) throws -> Value {
    guard let number = Value(text), range.contains(number) else {
        throw BenchmarkError("\(option) takes numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
}
