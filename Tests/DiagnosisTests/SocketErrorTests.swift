import Diagnosis
import Testing

struct SocketErrorTests {
    @Test(
        "An error bears its name, its number and the Winsock code",
        arguments: [
            (Int32(111), "ECONNREFUSED (111, WSAECONNREFUSED 10061)"),
            (110, "ETIMEDOUT (110, WSAETIMEDOUT 10060)"),
            (113, "EHOSTUNREACH (113, WSAEHOSTUNREACH 10065)"),
            (101, "ENETUNREACH (101, WSAENETUNREACH 10051)"),
            (13, "EACCES (13, WSAEACCES 10013)"),
            (104, "ECONNRESET (104, WSAECONNRESET 10054)"),
            (71, "EPROTO (71)"),
            (9_999, "errno 9999 (9999)"),
        ])
    func describes(_ number: Int32, _ text: String) {
        #expect(SocketError(linux: number).description == text)
    }

    @Test("Names are shared by the systems, numbers are not")
    func namesAcrossSystems() {
        #expect(SocketError(linux: 111).name == SocketError(darwin: 61).name)
        #expect(SocketError(darwin: 61).number == 61)
        #expect(SocketError(linux: 61).name != "ECONNREFUSED")
    }

    @Test("Darwin has no number for what only Linux knows")
    func noDarwinNumber() {
        #expect(SocketError(darwin: 0).name == "errno 0")
    }
}
