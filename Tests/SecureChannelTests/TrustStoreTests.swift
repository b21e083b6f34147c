import Foundation
import PacketWire
import Testing

@testable import SecureChannel

@Suite struct TrustStoreTests {
    /// A file in a folder of its own, gone afterwards.
    static func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "SecureChannelTests-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "trusted.pem")
        try Data(text.utf8).write(to: file)
        return try body(file.path)
    }

    static func reason(_ path: String) -> NetworkText? {
        do {
            _ = try TLSTrustStore.file(path)
            return nil
        } catch .trustedCertificates(let named, let reason) {
            #expect(named == NetworkText(path))
            return reason
        } catch {
            return NetworkText("\(error)")
        }
    }

    @Test func certificatesOfAFileAreTrusted() throws {
        let chain = Identity.Chain(VerificationTests.request)
        try Self.withFile("# a comment\n" + Identity(.init("Other", isAuthority: true)).pem + chain.root.pem) { path in
            let dialogue = try Dialogue(.test(trust: .file(path)), MemoryServer(chain.sent))
            #expect(dialogue.run() == .established)
        }
    }

    @Test func fileMayNameAnIntermediateOrTheServerItself() throws {
        let chain = Identity.Chain(VerificationTests.request)
        for trusted in [chain.intermediate, chain.server] {
            try Self.withFile(trusted.pem) { path in
                let dialogue = try Dialogue(.test(trust: .file(path)), MemoryServer(chain.sent))
                #expect(dialogue.run() == .established)
            }
        }
    }

    @Test func unusableFileIsOneErrorWithAReason() throws {
        #expect(Self.reason("/nonexistent/trusted.pem") == "No such file or directory")
        #expect(Self.reason("/") != nil)
        #expect(Self.reason("a\0b") == "no file can have this name")
        try Self.withFile("no certificate in here\n") { path in
            #expect(Self.reason(path)?.description == "no certificate or crl found")
        }
        try Self.withFile("") { path in #expect(Self.reason(path) != nil) }
        try Self.withFile("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") { path in
            #expect(Self.reason(path) != nil)
        }
        let error = TLSConfigurationError.trustedCertificates(path: "a.pem", reason: "No such file or directory")
        #expect(error.description == "cannot use the trusted certificates in a.pem: No such file or directory")
    }

    @Test func oneStoreServesManySessions() throws {
        let chain = Identity.Chain(VerificationTests.request)
        let store = try TLSTrustStore.trusting(chain.root)
        for _ in 0..<20 {
            let dialogue = try Dialogue(.test(trust: store), MemoryServer(chain.sent))
            #expect(dialogue.run() == .established)
        }
    }

    /// What the system trusts differs; it does not trust a certificate that was made a moment ago.
    @Test func systemsStoreTrustsNoStranger() throws {
        let chain = Identity.Chain(VerificationTests.request)
        let dialogue = try Dialogue(.test(trust: .system()), MemoryServer(chain.sent))
        #expect(dialogue.run().failure?.verificationFailures.first?.code == .noLocalIssuer)
        #expect(!TLSLibrary.trustedCertificates.file.isEmpty)
        #expect(TLSLibrary.version.hasPrefix("OpenSSL "))
    }
}
