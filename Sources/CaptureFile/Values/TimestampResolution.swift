/// How fine a clock's ticks are: the `if_tsresol` byte of pcapng, which also names the two kinds of pcap.
///
/// The highest bit clear: ticks of 10^-n seconds; set: ticks of 2^-n seconds (draft-ietf-opsawg-pcapng,
/// section 4.2).
@frozen
public struct TimestampResolution: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let seconds = TimestampResolution(rawValue: 0)
    public static let milliseconds = TimestampResolution(rawValue: 3)
    public static let microseconds = TimestampResolution(rawValue: 6)
    public static let nanoseconds = TimestampResolution(rawValue: 9)

    /// Ticks of 2^-n seconds rather than 10^-n.
    @inlinable public var isPowerOfTwo: Bool { rawValue & 0x80 != 0 }
    @inlinable public var exponent: Int { Int(rawValue & 0x7F) }

    /// How many decimal places of a second such a clock can fill, at most nine.
    public var fractionDigits: Int {
        // 2^-n needs about 0.301 n decimal digits to be told from its neighbours.
        Swift.min(9, isPowerOfTwo ? (exponent * 301 + 999) / 1000 : exponent)
    }

    /// The other way: how many ticks of this clock a time is after `offsetSeconds`, rounded down. Ticks are
    /// unsigned, so that earlier times become 0; too many for 64 bits become the largest number.
    func ticks(of nanosecondsSince1970: Int64, offsetSeconds: Int64) -> UInt64 {
        let elapsed = Int128(nanosecondsSince1970) - Int128(offsetSeconds) * 1_000_000_000
        guard elapsed > 0 else { return 0 }
        if isPowerOfTwo {
            let (whole, rest) = elapsed.quotientAndRemainder(dividingBy: 1_000_000_000)
            guard exponent < 64, whole <= Int128(UInt64.max >> UInt64(exponent)) else { return .max }
            return UInt64(clamping: whole << Int128(exponent) + (rest << Int128(exponent)) / 1_000_000_000)
        }
        var ticks = elapsed
        for _ in exponent..<Swift.max(exponent, 9) { ticks /= 10 }
        for _ in Swift.min(exponent, 9)..<exponent where ticks <= Int128(UInt64.max) { ticks *= 10 }
        return UInt64(clamping: ticks)
    }

    public var description: String { isPowerOfTwo ? "2^-\(exponent) s" : "10^-\(exponent) s" }
}

/// An interface's clock made ready for use: ticks in, nanoseconds since 1970 out, with no allocation and one
/// multiplication in the common cases.
struct TimestampScale: Hashable, Sendable {
    private enum Operation: Hashable, Sendable {
        case multiply(UInt64)
        case divide(UInt64)
        case shift(UInt64)
        /// Ticks finer than any 64-bit count of them can make a nanosecond.
        case vanish
    }

    private var operation: Operation
    private var offset: Int64
    let resolution: TimestampResolution

    /// - Parameter offsetSeconds: `if_tsoffset`, added to every time stamp.
    init(_ resolution: TimestampResolution, offsetSeconds: Int64) {
        self.resolution = resolution
        let (product, overflow) = offsetSeconds.multipliedReportingOverflow(by: 1_000_000_000)
        offset = overflow ? (offsetSeconds > 0 ? .max : .min) : product
        let exponent = resolution.exponent
        if resolution.isPowerOfTwo {
            operation = .shift(UInt64(exponent))
        } else if exponent <= 9 {
            operation = .multiply(Self.powerOfTen(9 - exponent))
        } else if exponent <= 28 {
            operation = .divide(Self.powerOfTen(exponent - 9))
        } else {
            operation = .vanish
        }
    }

    private static func powerOfTen(_ exponent: Int) -> UInt64 {
        (0..<exponent).reduce(1) { value, _ in value &* 10 }
    }

    /// Saturates: a file may hold any number it likes.
    @inline(__always)
    func nanoseconds(_ ticks: UInt64) -> Int64 {
        let value: UInt64
        switch operation {
        case .multiply(let factor):
            let (product, overflow) = ticks.multipliedReportingOverflow(by: factor)
            value = overflow ? .max : product
        case .divide(let divisor): value = ticks / divisor
        case .shift(let bits): value = UInt64(clamping: (UInt128(ticks) * 1_000_000_000) >> UInt128(bits))
        case .vanish: value = 0
        }
        let (sum, overflow) = Int64(clamping: value).addingReportingOverflow(offset)
        return overflow ? (offset > 0 ? .max : .min) : sum
    }
}
