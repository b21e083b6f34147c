public import Conversations
public import Diagnosis

/// Which other hellos are worth a connection each, once TLS has failed with the one that was asked for: each differs
/// from it in one thing, so that those that pass are the control. What would bring nothing new is left out.
public enum HelloMatrix {
    public static let name = "other hellos"
    public static let question =
        "Does TLS with another name, version, ALPN, length or segmentation get through? Each has its own connection; "
        + "the failing one comes once more at the end, and some that passed."
    /// A connection that speaks TLS: SYN, acknowledgements, hello and end.
    public static let packetsEach = 6
    /// Between the beginnings of two: some twelve a second, below the run's own limit.
    public static let interval = TimeSpan.milliseconds(80)

    /// In the order in which they are sent; the repetition at the end is not among them.
    public static func variants(for failed: ApplicationFacts) -> [HelloVariant] {
        guard failed.wantsOtherHellos, let tls = failed.tls else { return [] }
        let name: [HelloVariant] = tls.serverName == nil ? [.otherName] : [.otherName, .withoutName]
        let protocols: HelloVariant = tls.offersALPN ? .withoutALPN : .withALPN
        switch tls.outcome {
        case .untrusted:
            // The connection works: what is asked is whose certificates are shown for other names.
            let isAboutTime = tls.faults.contains(.notYetValid) || tls.faults.contains(.expired)
            return name + (isAboutTime ? [.unverified] : [])
        case .alert:
            // It was read whole: how it was cut is no matter.
            return name + [protocols, .olderVersion, .small]
        default:
            return name + [protocols, .olderVersion, .small]
                + (tls.isLarge ? [.smallInTwo, .inSmallSegments] : [.large, .inTwo, .inTwoWithPause])
        }
    }

    /// A certificate does not change by being asked for once more; everything else may.
    public static func repeats(_ failed: ApplicationFacts) -> Bool {
        if case .untrusted = failed.tls?.outcome { return false }
        return true
    }

    /// What comes once more at the end: the failing hello, and before it two of those that passed, unless all did. Each has
    /// a source port of its own, and where some ports lead along a broken path what passed once may do so by chance.
    public static func repetition(of failed: ApplicationFacts) -> [HelloVariant] {
        guard repeats(failed) else { return [] }
        let passing = failed.hellos.filter(\.tls.isRead).map(\.variant)
        // It came in good time, and as much is known of it as of the others.
        if passing.isEmpty, failed.hellos.contains(where: { $0.variant == .unchanged }) { return [] }
        let others = failed.hellos.count { $0.variant != .unchanged }
        return (passing.count < others ? Array(passing.prefix(2)) : []) + [.unchanged]
    }

    /// Connections at most: the first round with the failing hello, and the repetition.
    static let most = 12
}
