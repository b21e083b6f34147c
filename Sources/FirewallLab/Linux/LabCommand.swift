#if os(Linux)
    import FoundationEssentials
    import Glibc

    /// The command that the lab is run for, as a process of the client.
    enum LabCommand {
        static func start(_ order: LabInside.Order) throws(LabError) -> ChildProcess {
            var environment = ProcessInfo.processInfo.environment
            environment["PATH"] = ([LabPaths.programs] + ChildProcess.searchPath).joined(separator: ":")
            // The lab has no way to this machine's proxies.
            for name in environment.keys where name.lowercased().hasSuffix("_proxy") { environment[name] = nil }
            environment["STALLPOINT_LAB"] = order.run.scenario.name
            if order.run.unprivileged, let folder = try LabFiles.shareRuntime() {
                environment["LD_LIBRARY_PATH"] = folder
            }
            let line =
                ["nsenter", "--net=\(LabPaths.namespace("client"))", "--"]
                + (order.run.unprivileged ? withoutPrivileges(order.privilege, environment) : []) + order.run.command
            guard let program = ChildProcess.path(of: line[0]) else {
                throw LabError("the lab needs the program '\(line[0])': apt-get install util-linux", exitStatus: 66)
            }
            return try ChildProcess.start(program, Array(line.dropFirst()), environment: environment)
        }

        /// What gives up every privilege over the lab's network before the command starts.
        ///
        /// Root becomes the user that called sudo, or nobody. In a user namespace there is only one user, and
        /// a second user namespace inside makes him a stranger to the network: its capabilities end at its door.
        private static func withoutPrivileges(
            _ privilege: LabLauncher.Privilege, _ environment: [String: String]
        ) -> [String] {
            let nobody = "65534"
            switch privilege {
            case .root:
                let user = environment["SUDO_UID"].flatMap { UInt32($0) }.flatMap { $0 == 0 ? nil : String($0) }
                let group = environment["SUDO_GID"].flatMap { UInt32($0) }.map { String($0) }
                return [
                    "setpriv", "--reuid=\(user ?? nobody)", "--regid=\(user == nil ? nobody : group ?? nobody)",
                    "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
                ]
            case .userNamespace:
                return [
                    "unshare", "--user", "--map-user=\(nobody)", "--map-group=\(nobody)", "--",
                    "setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
                ]
            }
        }
    }
#endif
