import Conversations

/// A client that opened a connection and never said a word on it, as checks do that only look whether a port is open, and
/// browsers that open one for later. What the server does then is no answer to anything that was asked, and no failure of its
/// own: some say that they understood nothing (TLS: decode_error), others reset what nobody reads.
package struct SilentClient {
    enum End {
        /// The client closed first: what comes behind that is an answer to its leaving.
        case left
        /// The server gave up waiting, after so long.
        case saidNothing(TimeSpan)
    }

    let end: End

    /// So long a server waits for first words at the least; who turns a client away does that sooner.
    static let patience = TimeSpan.seconds(5)

    /// Nil where the client spoke, as far as anybody knows, or was not waited for.
    ///
    /// - Parameter answer: when the server said something, or ended it.
    init?(_ analysis: TCPAnalysis, at answer: Instant) {
        guard analysis.isInitiatorSilent else { return nil }
        if let close = analysis.close, close.byInitiator, close.at <= answer {
            end = .left
        } else if answer - analysis.firstSeen >= Self.patience {
            end = .saidNothing(answer - analysis.firstSeen)
        } else {
            return nil
        }
    }

    /// The same of a connection that the server ended; nil where it did not.
    init?(endedBy analysis: TCPAnalysis) {
        guard let close = analysis.close, !close.byInitiator else { return nil }
        self.init(analysis, at: close.at)
    }

    var remark: String {
        switch end {
        case .left: "The client left without a word, and what the server made of that is no failure of its own."
        case .saidNothing(let span): "The client said nothing for \(span.words); then the server ended it."
        }
    }
}

extension ConversationTable {
    /// The client never said a word, and the server gave up waiting for one.
    package func silentClient(at position: Int) -> SilentClient? {
        guard let analysis = analysis(at: position), analysis.responder.payloadBytes == 0 else { return nil }
        return SilentClient(endedBy: analysis)
    }
}

extension TargetDiagnosis {
    package func with(_ client: SilentClient?) -> TargetDiagnosis {
        guard let client, verdict == .open else { return self }
        var finding = ApplicationFinding()
        finding.summary = client.remark
        return withApplication(finding, stage: nil)
    }
}
