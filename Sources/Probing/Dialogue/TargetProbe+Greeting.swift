import Conversations
import Diagnosis
import PacketWire

/// A service that speaks first and has not yet is waited for a little longer: nothing is sent for that.
extension TargetProbe {
    var hasGreeted: Bool { facts.attempts.first.flatMap(\.socket).map { $0.bytesReceived > 0 } ?? false }

    /// Nil where there is nobody to wait for, or no longer.
    mutating func awaitGreeting(at now: Instant) -> [ProbeAction]? {
        guard facts.greetingAwaited == nil, facts.request == nil, !hasGreeted,
            facts.attempts.first?.socket?.aftermath == nil,
            let service = ServerGreeting.Service(usualOn: facts.target.port)
        else { return nil }
        let patience = settings.patience(forGreetingOf: service)
        facts.greetingAwaited = patience
        state = .holding(until: now + patience)
        return [.wake(at: now + patience)]
    }
}

extension ProbeSettings {
    /// Mail servers let their clients wait, to tell them from those that do not listen.
    func patience(forGreetingOf service: ServerGreeting.Service) -> TimeSpan {
        service == .smtp ? mailGreeting : greeting
    }
}
