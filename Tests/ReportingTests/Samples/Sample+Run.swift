import Conversations
import Diagnosis
import PacketWire

/// What concerns a whole run, and what strangers put into a report.
extension Sample {
    static let unprivileged = Sample(
        "unprivileged",
        TargetDiagnosis(
            target: Target("203.0.113.10", 5432), verdict: .blocked, stage: .handshake,
            mechanism: .silentDrop,
            zones: [.path, .destination, .returnPath, .localEgress, .localIngress], confidence: .weak,
            summary:
                "The SYN (3 SYNs sent) gets no answer. No hop answers it, and nothing else of the host answers either.",
            evidence: [Evidence(.socket, "still SYN-SENT", detail: "after 3000.0 ms, 3 SYNs sent")],
            advice: ["Probe again with a capture."], timeline: [out(0, "SYN sent")]),
        run: RunInformation(
            toolVersion: "1.0.0", startedUnixNanoseconds: 0, elapsed: ms(3000), witnesses: [.socket],
            missing: [
                MissingWitness(
                    witness: .wire, reason: "capturing needs CAP_NET_RAW, which this process lacks",
                    wouldAdd:
                        "whether the SYN left this machine, and what came back that the socket never saw",
                    grant: "sudo setcap cap_net_raw+ep /opt/stallpoint/with/a/long/folder/name/bin/stallpoint"
                ),
                MissingWitness(
                    witness: .path, reason: "switched off with --no-trace",
                    wouldAdd: "the hop after which it is lost",
                    grant: nil),
            ],
            notes: ["Interrupted: 2 of 3 targets were not finished."]))

    static let severalTargets = Sample(
        "several-targets", openDiagnosis, droppedBetweenRouters.report.diagnoses[0],
        closed.report.diagnoses[0], droppedOnLastStretch.report.diagnoses[0],
        silentUDP.report.diagnoses[0],
        nameNotFoundDiagnosis)

    /// One name over both families, and only one of them works.
    static let bothFamilies = Sample(
        "both-families", family(openDiagnosis, "203.0.113.10"),
        family(droppedBetweenRouters.report.diagnoses[0], "2001:db8:5::10"))

    static func family(_ diagnosis: TargetDiagnosis, _ address: String) -> TargetDiagnosis {
        var diagnosis = diagnosis
        diagnosis.target = Target("db.lab", 5_432, at: address)
        return diagnosis
    }

    /// Control characters, terminal escapes, line ends, bidirectional overrides, zero-width and wide characters.
    static let hostile = Sample(
        "hostile",
        TargetDiagnosis(
            target: Target(
                input: "evil\u{1B}[2J\n:80", host: "evil\u{1B}]0;owned\u{07}\r\n\u{202E}moc.\u{200B}例え",
                address: nil,
                port: 80,
                transport: .tcp),
            verdict: .failed, stage: .resolve, mechanism: .resolverRefused, zones: [.resolver],
            confidence: .strong,
            lookAlikes: [
                LookAlike(cause: "a\tb", whyNotExcluded: "\u{9B}31m", experiment: "\u{2028}next")
            ],
            summary:
                "The resolver says: \u{1B}[31mSERVFAIL\u{1B}[0m\nVERDICT: OPEN \"quoted\" back\\slash e\u{301} 例え",
            evidence: [
                Evidence(
                    .wire, "banner \u{0}\u{7F}\u{85}", detail: "tag \u{E0041} \u{FEFF} 🙂",
                    frames: [.max, .min, 3, 3])
            ],
            advice: ["\u{2066}rm -rf\u{2069}"],
            timeline: [
                TimelineEntry(
                    at: Instant(nanoseconds: .max), direction: .out, summary: "\u{08}\u{08}late", frame: -1),
                TimelineEntry(at: Instant(nanoseconds: .min), direction: .in, summary: "early", frame: nil),
            ],
            timing: StageTiming(resolve: TimeSpan(nanoseconds: -1)),
            path: [
                PathHop(ttl: .max, target: .silence), PathHop(ttl: .min, target: .silence),
                PathHop(ttl: 0, target: .refused(address("203.0.113.1"), "\u{1B}[1m")),
            ]),
        run: RunInformation(
            toolVersion: "1.0.0\u{1B}", startedUnixNanoseconds: .min,
            elapsed: TimeSpan(nanoseconds: .min),
            witnesses: [],
            missing: [
                MissingWitness(witness: .peer, reason: "\u{1B}c", wouldAdd: "\r", grant: "\u{1B}[A")
            ],
            captureFile: "a\nb.pcap", notes: ["\u{1B}[2J"]))
}
