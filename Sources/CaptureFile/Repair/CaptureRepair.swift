/// Makes a whole capture of a damaged one: what makes no sense is left out, the rest stays as it is, byte for byte.
///
/// Two passes over the same bytes. The first, `survey`, finds what is wrong; nothing has to be written when that is
/// nothing. The second, `write`, appends what is left to the caller's buffer. Bytes come as for `CaptureReader`.
public struct CaptureRepair: Sendable {
    /// What the caller is to do next.
    public enum Step: Sendable, Hashable {
        /// Drop so many bytes from the window's front, and add at least so many at its end.
        case needsMore(released: Int, atLeast: Int)
        /// Take what is in the buffer; the window stays as it is.
        case flush
        case end
    }

    private var reader = CaptureReader()
    private var damagedSections: Set<Int> = []
    private var seenDamage = 0
    /// What is in the output already, from the start of the input.
    private var copied = 0
    private var hasStarted = false

    /// Whole packets.
    public var packets: Int { reader.packetCount }
    public var format: CaptureReader.Format? { reader.format }
    /// What is wrong before the end of what is whole.
    public private(set) var totals = DamageTotals()
    /// The first of it.
    public private(set) var damage: [CaptureDamage] = []
    /// Why the file cannot be read to its end: it is cut there.
    public private(set) var cut: CaptureFileError?

    public init() {
        reader.pausesAtDamage = true
    }

    /// Nothing is wrong.
    public var isWhole: Bool { totals.isEmpty && cut == nil }

    /// Looks at the next bytes. Throws when this is no capture.
    public mutating func survey(
        _ window: Span<UInt8>, isComplete: Bool
    ) throws(CaptureFileError) -> Step {
        while true {
            let step: CaptureReader.Step
            do throws(CaptureFileError) {
                step = try reader.next(in: window, isComplete: isComplete)
            } catch {
                takeDamage()
                if case .fileHeader = error.place { throw error }
                if reader.sections.isEmpty { throw error }
                cut = error
                damagedSections.insert(Swift.max(0, reader.sections.count - 1))
                return .end
            }
            if !reader.damage.isEmpty { takeDamage() }
            switch step {
            case .record: break
            case .needsMore(let count):
                if count > 0 { return .needsMore(released: reader.releaseConsumed(), atLeast: count) }
            case .end: return .end
            }
        }
    }

    private mutating func takeDamage() {
        for damage in reader.damage {
            if !damage.isMended { damagedSections.insert(damage.section) }
            if self.damage.count < CaptureReader.damageLimit { self.damage.append(damage) }
        }
        totals = reader.totals
        reader.damage.removeAll(keepingCapacity: true)
    }

    /// A second pass over what this one has surveyed.
    public func writer() -> CaptureRepair {
        var writer = CaptureRepair()
        writer.reader.sectionsToUnbind = damagedSections
        return writer
    }

    /// Appends what is whole of the next bytes to `output`.
    ///
    /// - Parameter comment: Put into the first section header of pcapng; the other formats have no room for it.
    public mutating func write(
        _ window: Span<UInt8>, isComplete: Bool, comment: String?, to output: inout [UInt8]
    ) -> Step {
        let most = 1 << 20
        while true {
            let step: CaptureReader.Step
            do throws(CaptureFileError) {
                step = try reader.next(in: window, isComplete: isComplete)
            } catch {
                emitDamage(window, &output)
                emit(window, to: error.offset, &output)
                annotate(&output, comment)
                return .end
            }
            if !reader.damage.isEmpty { emitDamage(window, &output) }
            switch step {
            case .record:
                guard reader.settledOffset - copied >= most else { continue }
            case .needsMore(let count):
                guard count > 0 else { continue }
                emit(window, to: reader.settledOffset, &output)
                annotate(&output, comment)
                return .needsMore(released: reader.releaseConsumed(), atLeast: count)
            case .end: break
            }
            emit(window, to: reader.settledOffset, &output)
            annotate(&output, comment)
            if case .end = step { return .end }
            return .flush
        }
    }

    private mutating func emitDamage(_ window: Span<UInt8>, _ output: inout [UInt8]) {
        // A header's lengths are put right in the order in which they are found wrong.
        for damage in reader.damage.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            emit(window, to: damage.range.lowerBound, &output)
            output += damage.replacement
            copied = Swift.max(copied, damage.range.upperBound)
        }
        reader.damage.removeAll(keepingCapacity: true)
    }

    private mutating func emit(_ window: Span<UInt8>, to offset: Int, _ output: inout [UInt8]) {
        let first = copied - reader.windowOffset
        let last = Swift.min(offset - reader.windowOffset, window.count)
        guard first >= 0, first < last else { return }
        output.reserveCapacity(output.count + last - first)
        output.append(contentsOf: window.extracting(first..<last))
        copied = offset
    }

    /// The first block written is the first section's header, and gets the comment.
    private mutating func annotate(_ output: inout [UInt8], _ comment: String?) {
        guard !hasStarted, !output.isEmpty else { return }
        hasStarted = true
        guard let comment, case .pcapng = reader.format else { return }
        output = SectionComment.added(comment, to: output)
    }
}

/// A comment in a section header that is written already.
enum SectionComment {
    /// The bytes with the comment as first option of the section header that they begin with.
    static func added(_ comment: String, to bytes: [UInt8]) -> [UInt8] {
        let span = bytes.span
        guard span.count >= 28 else { return bytes }
        let order = span.uint32(.littleEndian, at: 8) == byteOrderMagic ? ByteOrder.littleEndian : .bigEndian
        let length = Int(span.uint32(order, at: 4))
        guard length >= 28, length <= span.count else { return bytes }
        var result = Array(bytes[..<24])
        // Some readers set aside only so much for a comment's line.
        OptionWriter.write(OptionCode.comment, OptionWriter.clipped(comment, to: 8192), order, &result)
        if length == 28 {
            OptionWriter.write(OptionCode.end, [], order, &result)
        } else {
            result += bytes[24..<length - 4]
        }
        let whole = UInt32(clamping: result.count + 4)
        result.append(whole, order)
        for index in 0..<4 { result[4 + index] = result[result.count - 4 + index] }
        return result + bytes[length...]
    }
}
