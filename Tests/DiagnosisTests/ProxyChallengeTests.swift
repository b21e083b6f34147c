import PacketWire
import Testing

@testable import Diagnosis

struct ProxyChallengeTests {
    @Test(
        "Scheme and realm are told, and nothing of them reaches a terminal raw",
        arguments: [
            ("Basic realm=\"lab\"", "; it takes Basic, for 'lab'"), ("Negotiate", "; it takes Negotiate"),
            ("NTLM, Basic realm=\"x\"", "; it takes NTLM or Basic, for 'x'"),
            (
                "Negotiate YII==, NTLM,Basic realm = \"a, b\", charset=\"UTF-8\"",
                "; it takes Negotiate, NTLM or Basic, for 'a, b'"
            ),
            ("Digest realm=\"one\", qop=\"auth\", Basic realm=\"two\"", "; it takes Digest or Basic, for 'one'"),
            ("Basic, Basic realm=\"x\"", "; it takes Basic, for 'x'"), (",, ,", ""), ("=x, realm=\"y\"", ""),
            ("Digest nonce=\"1\", Realm=\"a \\\"b\\\"\"", "; it takes Digest, for 'a \"b\"'"),
            ("Basic realm=\"open", "; it takes Basic, for 'open'"), ("", ""), ("Basic realm=", "; it takes Basic"),
            ("Ba\u{1B}sic realm=\"\u{1B}[2J\"", ""),
        ])
    func challenges(_ field: String, _ phrase: String) {
        let told = ProxyChallenge(NetworkText(field)).phrase
        #expect(!told.contains("\u{1B}"))
        if !field.contains("\u{1B}") { #expect(told == phrase) }
    }

    @Test func aSilentProxyIsTakenAtItsStatus() {
        #expect(ProxyChallenge(nil).phrase.isEmpty)
    }
}
