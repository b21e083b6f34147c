#if os(Linux)
    import Foundation
    import Glibc
    @testable import HostNetwork
    import Testing

    /// The child that lists rules: what it answers, how it ends, and that it has nothing that it does not need.
    @Suite(
        "Ruleset reader", .serialized,
        .enabled(if: Privileges.current().has(.netAdmin), "needs CAP_NET_ADMIN, which this user lacks"))
    struct RulesetReaderTests {
        @Test("It answers as often as it is asked, each time in whole")
        func answers() throws {
            let reader = try #require(RulesetReader())
            for _ in 0..<3 {
                #expect(reader.read() == nil, "nothing was asked")
                reader.ask()
                let listings = try #require(reader.wait(milliseconds: 20_000))
                #expect(String(decoding: listings.nftablesJSON, as: UTF8.self).hasPrefix("{\"nftables\""))
                #expect(!reader.isAsked)
            }
            reader.close()
            reader.ask()
            #expect(reader.wait(milliseconds: 1_000) == nil)
        }

        @Test("It has no descriptor, no environment and no privilege beyond its own")
        func confinement() throws {
            let reader = try #require(RulesetReader())
            reader.ask()
            _ = try #require(reader.wait(milliseconds: 20_000))
            let child = reader.process
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(child)/fd")
            #expect(Set(descriptors.compactMap(Int.init)).isSubset(of: [0, 1, 2, 10]), "10 is dash's own")
            let environment = try String(contentsOfFile: "/proc/\(child)/environ", encoding: .utf8)
            #expect(environment.hasPrefix("PATH=") && environment.split(separator: "\0").count == 1)
            let status = try String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8)
            func mask(_ name: String) throws -> UInt64 {
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name) })
                return try #require(UInt64(line.split(separator: "\t")[1], radix: 16))
            }
            // CAP_NET_ADMIN and CAP_NET_RAW.
            for name in ["CapEff", "CapPrm", "CapInh", "CapAmb"] { #expect(try mask(name) & ~0x3000 == 0) }
            #expect(try mask("CapEff") & 0x1000 != 0)
            #expect(status.contains("NoNewPrivs:\t1"))
            reader.close()
            #expect(!FileManager.default.fileExists(atPath: "/proc/\(child)"), "it is gone, and buried")
        }

        @Test("Dropping it ends the child")
        func end() throws {
            var child: Int32 = 0
            do {
                let reader = try #require(RulesetReader())
                child = reader.process
                reader.ask()
            }
            // Though it was still listing when its reader went away.
            var status: Int32 = 0
            #expect(waitpid(child, &status, 0) == -1 && errno == ECHILD, "it is buried")
            #expect(!FileManager.default.fileExists(atPath: "/proc/\(child)"))
        }
    }
#endif
