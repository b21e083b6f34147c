import Diagnosis
import HostNetwork
import PacketWire
import Probing

/// One target of a run, with the state of its plan and its open attempts.
struct RunTarget {
    var target: Target
    /// What is to be said behind the handshake.
    var request: ApplicationRequest?
    /// Whose question the datagrams ask, whatever the port; nil is by the port.
    var service: UDPService?
    var resolution: ResolutionFact?
    var route: RouteFact?
    /// The interface of a link-local address.
    var scope: UInt32 = 0
    var probe: (any TargetPlan)?
    var runners: [Int: AttemptRunner] = [:]
    /// Sockets that hold the source port of an attempt of our own making.
    var holders: [Int: ProbeSocket] = [:]
    /// From where the packets of its ladders leave.
    var ladders: [LadderFlow.Key: LadderFlow] = [:]
    var knownPorts: [UInt16] = []
    /// What is looked at when the plan has ended.
    var followUps = FollowUps()
    var facts: Facts?
    var diagnosis: TargetDiagnosis?
    var isStarted = false
    var isFinished = false

    /// Whose link address must be known before a packet can leave: the gateway, or the target itself on the link.
    var nextHop: IPAddress? {
        guard let route, route.kind == .unicast else { return nil }
        return route.gateway ?? target.address
    }
}
