#if os(Linux)
    import Glibc
    import Testing

    @testable import HostNetwork

    /// Dropping is tried in processes of their own: it cannot be taken back.
    @Suite struct PrivilegesTests {
        static let isRoot: Bool = {
            if Privileges.current().isRoot, Privileges.current().has(.netRaw) { return true }
            print("skipped: giving up root's rights needs root")
            return false
        }()

        /// The calling thread's own, which is the one that drops.
        static func status(_ line: String) -> String {
            guard let file = try? InputFile(reading: "/proc/thread-self/status") else { return "" }
            let text = file.withBytes { bytes in
                String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
            }
            let found = text.split(separator: "\n").first { $0.hasPrefix("\(line):") }
            return found?.dropFirst(line.count + 1).split(whereSeparator: \.isWhitespace).joined(separator: " ") ?? ""
        }

        @Test func whatTheKernelSaysIsRead() {
            let privileges = Privileges.current()
            #expect(privileges.effectiveUser == geteuid())
            #expect(
                String(privileges.effective, radix: 16)
                    == String(UInt64(Self.status("CapEff"), radix: 16) ?? 0, radix: 16))
            #expect(privileges.canBind(port: 65_535))
            #expect(privileges.canCapture == privileges.has(.netRaw))
        }

        @Test(.enabled(if: isRoot, "needs root"))
        func theCallerOfSudoIsWhoIsLeft() async {
            await #expect(processExitsWith: .success) {
                setenv("SUDO_UID", "65534", 1)
                setenv("SUDO_GID", "65533", 1)
                let dropped = try Privileges.drop()
                #expect(dropped == .becameUser(65_534))
                #expect(PrivilegesTests.status("Uid") == "65534 65534 65534 65534")
                #expect(PrivilegesTests.status("Gid") == "65533 65533 65533 65533")
                #expect(PrivilegesTests.status("Groups") == "")
                #expect(UInt64(PrivilegesTests.status("CapEff"), radix: 16) == 0)
                #expect(UInt64(PrivilegesTests.status("CapPrm"), radix: 16) == 0)
                #expect(PrivilegesTests.status("NoNewPrivs") == "1")
                #expect(setuid(0) == -1)
            }
        }

        @Test(.enabled(if: isRoot, "needs root"))
        func withoutSudoTheCapabilitiesGo() async {
            await #expect(processExitsWith: .success) {
                unsetenv("SUDO_UID")
                let dropped = try Privileges.drop(keeping: [.netBindService])
                #expect(dropped == .capabilities)
                #expect(geteuid() == 0)
                for line in ["CapEff", "CapPrm", "CapBnd"] {
                    #expect(UInt64(PrivilegesTests.status(line), radix: 16) == 1 << 10)
                }
                #expect(UInt64(PrivilegesTests.status("CapInh"), radix: 16) == 0)
                #expect(UInt64(PrivilegesTests.status("CapAmb"), radix: 16) == 0)
                #expect(PrivilegesTests.status("NoNewPrivs") == "1")
                #expect(Privileges.current().canBind(port: 1))
                #expect(!Privileges.current().canCapture)
            }
        }

        @Test(.enabled(if: isRoot, "needs root"))
        func whoStaysLosesTheCapabilitiesAllTheSame() async {
            await #expect(processExitsWith: .success) {
                setenv("SUDO_UID", "65534", 1)
                setenv("SUDO_GID", "65534", 1)
                let dropped = try Privileges.drop(staysUser: true)
                #expect(dropped == .capabilities)
                #expect(geteuid() == 0)
                #expect(UInt64(PrivilegesTests.status("CapPrm"), radix: 16) == 0)
            }
        }

        /// 2^32 - 1 is "leave it as it is" to the kernel, and "root" is no number: neither is a user to become.
        @Test(.enabled(if: isRoot, "needs root"))
        func aCallerThatIsNoneIsNotBelieved() async {
            await #expect(processExitsWith: .success) {
                setenv("SUDO_UID", "4294967295", 1)
                setenv("SUDO_GID", "65534", 1)
                let dropped = try Privileges.drop()
                #expect(dropped == .capabilities)
                #expect(UInt64(PrivilegesTests.status("CapPrm"), radix: 16) == 0)
            }
            await #expect(processExitsWith: .success) {
                setenv("SUDO_UID", "root", 1)
                setenv("SUDO_GID", "0", 1)
                let dropped = try Privileges.drop()
                #expect(dropped == .capabilities)
            }
        }

        @Test(.enabled(if: isRoot, "needs root"))
        func thereIsNothingToDropTwice() async {
            await #expect(processExitsWith: .success) {
                setenv("SUDO_UID", "65534", 1)
                setenv("SUDO_GID", "65534", 1)
                _ = try Privileges.drop()
                let dropped = try Privileges.drop()
                #expect(dropped == .nothing)
            }
        }

        @Test(
            arguments: [
                ("0\t2147483647\n", 0...2_147_483_647), ("100 100", 100...100), ("1\t0\n", nil), ("", nil), ("7", nil),
                ("-1 5", nil), ("1 2 3", nil), ("0 4294967296", nil),
            ] as [(String, ClosedRange<UInt32>?)])
        func rangesOfGroupsAreRead(_ text: String, _ expected: ClosedRange<UInt32>?) {
            #expect(Privileges.groups(text) == expected)
        }

        @Test(
            arguments: [("1024\n", 1_024), ("0\n", 0), ("", 1_024), ("port", 1_024), ("70000", 1_024)]
                as [(String, UInt16)])
        func firstFreePortIsRead(_ text: String, _ expected: UInt16) {
            #expect(Privileges.firstFreePort(text) == expected)
        }

        @Test(arguments: [
            ("         0          0 4294967295\n", true), ("0 0 1", false), ("0 1000 1\n", false), ("", false),
        ])
        func theFirstNamespaceIsKnown(_ text: String, _ expected: Bool) {
            #expect(Privileges.isFirstNamespace(text) == expected)
        }
    }
#endif
