#if os(Linux)
    import FirewallLab
    import FoundationEssentials
    import Testing

    /// Behind the handshake, with a real TLS server.
    @Suite("Behind the handshake", .enabled(if: BuiltCommand.labIsAvailable, "no root, no user namespaces"))
    struct DialogueTests {
        private struct Report: Decodable {
            struct Diagnosis: Decodable {
                struct Application: Decodable {
                    struct TLS: Decodable {
                        var outcome: String
                        var version: String?
                        var problems: [String]
                    }
                    struct HTTP: Decodable { var status: Int? }
                    var tls: TLS?
                    var http: HTTP?
                }
                var verdict: String
                var stage: String?
                var mechanism: String?
                var application: Application?
            }
            var diagnoses: [Diagnosis]
        }

        /// With `openssl s_server` for the name web.lab beside the probe; nil where there is no openssl.
        private func probe(_ arguments: String) async throws -> Report.Diagnosis? {
            let result = try await BuiltCommand.run([
                "lab", "run", "open", "--", "bash", "-c",
                """
                command -v openssl >/dev/null || exit 99
                folder=$(mktemp -d); cd "$folder" || exit 98
                openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=web.lab \
                    -addext subjectAltName=DNS:web.lab 2>/dev/null || exit 97
                openssl s_server -accept 127.0.0.1:8443 -key key.pem -cert cert.pem -www -quiet >/dev/null 2>&1 & server=$!
                for try in $(seq 200); do (exec 3<>/dev/tcp/127.0.0.1/8443) 2>/dev/null && break; sleep 0.05; done
                stallpoint probe --format json \(arguments)
                kill $server; rm -rf "$folder"
                """,
            ])
            if result.status == 99 {
                print("skipped: openssl is not installed")
                return nil
            }
            let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
            return report.diagnoses.first
        }

        @Test("A certificate that is trusted, and the answer to a request")
        func secured() async throws {
            guard let found = try await probe("--ca cert.pem --sni web.lab https://127.0.0.1:8443/") else { return }
            #expect(found.verdict == "open" && found.stage == nil)
            #expect(found.application?.tls?.outcome == "secured" && found.application?.tls?.version == "TLS 1.3")
            #expect(found.application?.http?.status == 200)
        }

        @Test("A certificate from nobody, another name, and both overlooked")
        func untrusted() async throws {
            guard let unknown = try await probe("--sni web.lab tls://127.0.0.1:8443") else { return }
            #expect(unknown.verdict == "interfered" && unknown.stage == "tls" && unknown.mechanism == "tls-alert")
            let other = try await probe("--ca cert.pem --sni other.lab tls://127.0.0.1:8443")
            #expect(other?.application?.tls?.outcome == "untrusted")
            #expect(other?.application?.tls?.problems.contains { $0.contains("hostname mismatch") } == true)
            let overlooked = try await probe("--insecure --sni web.lab tls://127.0.0.1:8443")
            #expect(overlooked?.verdict == "open" && overlooked?.application?.tls?.problems.isEmpty == false)
        }

        @Test("A request in plain text to a TLS server")
        func plain() async throws {
            guard let found = try await probe("http://127.0.0.1:8443/") else { return }
            #expect(found.verdict == "interfered" && found.stage == "application")
        }
    }
#endif
