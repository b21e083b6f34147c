import CaptureFile
import HostNetwork
import PacketWire

/// Makes a whole capture of a damaged file: what is whole stays byte for byte, beside the original.
public struct CaptureFileRepair {
    private let path: String
    private let output: String?
    private let overwrites: Bool

    /// - Parameters:
    ///   - output: Where the repaired file goes; by default beside the damaged one, under a name of its own.
    ///   - overwrites: A file that is there may be replaced, the damaged one included.
    public init(path: String, output: String? = nil, overwrites: Bool = false) {
        self.path = path
        self.output = output
        self.overwrites = overwrites
    }

    /// What came of it, line by line for a person.
    public struct Outcome: Sendable {
        public var lines: [String]
        /// Nil when nothing had to be written.
        public var written: String?
        /// Whole packets.
        public var packets: Int
    }

    /// Reads the file, and writes what is whole of it where anything is not.
    public func run() throws(ProbeFailure) -> Outcome {
        let input: InputFile
        do {
            input = try InputFile(reading: path)
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
        let findings = try survey(input)
        let report = RepairReport(path: path, findings: findings, packing: input.problem)
        guard !report.isWhole else { return try copy(input, report) }
        guard input.isMapped else {
            throw ProbeFailure(.usage, "repair reads a file twice: it cannot be a pipe; write it to a file first")
        }
        let target = target(isPacked: input.isCompressed)
        let file = try open(target)
        do throws(FileError) {
            try write(input, findings.writer(), comment: report.comment, to: file)
            try file.commit()
        } catch {
            throw ProbeFailure(.cannotWrite, error.line)
        }
        let packets = RepairReport.counted(findings.packets, "packet")
        return Outcome(
            lines: report.lines + ["\(target.escapedForDisplay): written, \(packets)"], written: target,
            packets: findings.packets)
    }

    private func survey(_ input: InputFile) throws(ProbeFailure) -> CaptureRepair {
        var findings = CaptureRepair()
        var refusal: CaptureFileError?
        do throws(FileError) {
            try input.feed { window, isComplete in
                do throws(CaptureFileError) {
                    return InputDemand(try findings.survey(window, isComplete: isComplete))
                } catch {
                    refusal = error
                    return .done
                }
            }
        } catch {
            throw ProbeFailure(.missingInput, error.line)
        }
        if let refusal { throw ProbeFailure(.missingInput, "cannot repair \(path.escapedForDisplay): \(refusal)") }
        return findings
    }

    private func write(
        _ input: InputFile, _ writer: CaptureRepair, comment: String, to file: ReplacingFile
    ) throws(FileError) {
        var writer = writer
        var bytes: [UInt8] = []
        var failure: FileError?
        try input.feed { window, isComplete in
            while true {
                let step = writer.write(window, isComplete: isComplete, comment: comment, to: &bytes)
                do throws(FileError) {
                    try file.append(bytes.span)
                } catch {
                    failure = error
                    return .done
                }
                bytes.removeAll(keepingCapacity: true)
                if step != .flush { return InputDemand(step) }
            }
        }
        if let failure { throw failure }
    }

    /// A sound file is written only where it was asked for, and as it is.
    private func copy(_ input: InputFile, _ report: RepairReport) throws(ProbeFailure) -> Outcome {
        let outcome = Outcome(lines: report.lines, written: output, packets: report.findings.packets)
        guard let output else { return outcome }
        guard input.isMapped else {
            throw ProbeFailure(.usage, "repair reads a file twice: it cannot be a pipe; write it to a file first")
        }
        let file = try open(output == "-" ? "/dev/stdout" : output)
        do {
            try input.withBytes { try file.append($0) }
            try file.commit()
        } catch let error as FileError {
            throw ProbeFailure(.cannotWrite, error.line)
        } catch {
            throw ProbeFailure(.cannotWrite, "cannot write \(output.escapedForDisplay)")
        }
        return outcome
    }

    private func open(_ target: String) throws(ProbeFailure) -> ReplacingFile {
        if !overwrites, ReplacingFile.wouldReplace(target) {
            throw ProbeFailure(
                .cannotWrite, "\(target.escapedForDisplay) is there already: -f replaces it, -o names another file")
        }
        do {
            return try ReplacingFile(replacing: target)
        } catch {
            throw ProbeFailure(.cannotWrite, error.line)
        }
    }

    private func target(isPacked: Bool) -> String {
        if let output { return output == "-" ? "/dev/stdout" : output }
        return Self.defaultName(path, isPacked: isPacked)
    }

    /// `case.pcapng` becomes `case.repaired.pcapng`; what is written is not packed.
    static func defaultName(_ path: String, isPacked: Bool) -> String {
        var path = path
        if isPacked, path.hasSuffix(".gz") { path.removeLast(3) }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        let name = path[folder.endIndex...]
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return path + ".repaired" }
        return "\(folder)\(name[..<dot]).repaired\(name[dot...])"
    }
}

extension InputDemand {
    init(_ step: CaptureRepair.Step) {
        switch step {
        case .needsMore(let released, let count): self = .more(released: released, atLeast: count)
        case .flush: self = .more(released: 0, atLeast: 0)
        case .end: self = .done
        }
    }
}
