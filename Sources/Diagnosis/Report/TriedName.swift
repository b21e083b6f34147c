import PacketWire

/// One name's port: a diagnosis for each address that was tried of it.
struct TriedName {
    var host: String
    var port: UInt16
    var transport: Transport
    var diagnoses: [TargetDiagnosis]

    func diagnoses(_ family: IPFamily) -> [TargetDiagnosis] {
        diagnoses.filter { $0.target.address?.family == family }
    }
}

extension DiagnosisReport {
    /// In the order of the diagnoses. Who wrote an address has no other one.
    var triedNames: [TriedName] {
        var places: [Target: Int] = [:]
        var names: [TriedName] = []
        for diagnosis in diagnoses {
            guard diagnosis.target.address != nil, IPAddress(diagnosis.target.host) == nil else { continue }
            var key = diagnosis.target
            (key.input, key.address) = ("", nil)
            if let place = places[key] {
                names[place].diagnoses.append(diagnosis)
            } else {
                places[key] = names.count
                names.append(
                    TriedName(host: key.host, port: key.port, transport: key.transport, diagnoses: [diagnosis]))
            }
        }
        return names
    }
}
