public import Conversations

/// One run of the tool: `stallpoint.report/1`.
public struct DiagnosisReport: Sendable, Hashable {
    public var run: RunInformation
    public var diagnoses: [TargetDiagnosis]
    /// What the capture holds as a whole; nil for a probe.
    public var capture: CaptureDigest?

    public init(run: RunInformation, diagnoses: [TargetDiagnosis], capture: CaptureDigest? = nil) {
        self.run = run
        self.diagnoses = diagnoses
        self.capture = capture
    }

    /// The contract's exit status: 1 beats 2 beats 0.
    public var exitStatus: Int32 {
        // Of a capture every conversation counts, listed or not.
        let verdicts = capture.map { Array($0.verdicts.keys) } ?? []
        return (diagnoses.map(\.verdict) + verdicts).map(\.exitStatus).reduce(0) { worst, status in
            worst == 1 || status == 1 ? 1 : max(worst, status)
        }
    }
}

/// Who ran, when, and with which eyes.
public struct RunInformation: Sendable, Hashable {
    public var toolVersion: String
    /// Seconds since 1970 with nanoseconds, as read once when the run began.
    public var startedUnixNanoseconds: Int64
    public var elapsed: TimeSpan
    /// In the contract's order.
    public var witnesses: [Witness]
    /// Those that were not there, each with what it would have added and the one command that grants it.
    public var missing: [MissingWitness]
    /// The capture written with `-w`, if any.
    public var captureFile: String?
    /// What limits the evidence of the whole run: dropped packets, a cut file, an interruption.
    public var notes: [String]

    public init(
        toolVersion: String, startedUnixNanoseconds: Int64, elapsed: TimeSpan, witnesses: [Witness],
        missing: [MissingWitness] = [], captureFile: String? = nil, notes: [String] = []
    ) {
        self.toolVersion = toolVersion
        self.startedUnixNanoseconds = startedUnixNanoseconds
        self.elapsed = elapsed
        self.witnesses = witnesses
        self.missing = missing
        self.captureFile = captureFile
        self.notes = notes
    }
}

/// A witness that this run did not have.
public struct MissingWitness: Sendable, Hashable {
    public var witness: Witness
    public var reason: String
    /// What it would have added.
    public var wouldAdd: String
    /// The one command that grants it; nil where nothing does.
    public var grant: String?

    public init(witness: Witness, reason: String, wouldAdd: String, grant: String?) {
        self.witness = witness
        self.reason = reason
        self.wouldAdd = wouldAdd
        self.grant = grant
    }
}

extension Verdict {
    /// 0 good, 1 conclusively not, 2 undecided.
    public var exitStatus: Int32 {
        switch self {
        case .open, .degraded: 0
        case .closed, .blocked, .unreachable, .interfered, .failed: 1
        case .undetermined: 2
        }
    }
}
