#if os(Linux)
    import FoundationEssentials
    import Glibc

    /// The files that differ inside the lab. All of it happens in the lab's own mount namespace: the
    /// machine's files are not touched, and the rest of the file system stays the caller's.
    enum LabFiles {
        static func prepare(executable: String) throws(LabError) {
            try mount("a private /run", ["-t", "tmpfs", "-o", "mode=0755", "lab", "/run"])
            for folder in [LabPaths.namespaces, LabPaths.own, LabPaths.programs, LabPaths.swiftLibraries] {
                mkdir(folder, 0o755)
            }
            // Not where the host's /proc is masked, as in some containers; then it shows the host's processes.
            _ = try? ChildProcess.run(ChildProcess.path(of: "mount") ?? "mount", ["-t", "proc", "proc", "/proc"])

            try bind(executable, over: LabPaths.programs + "/stallpoint", create: true)
            try replace("/etc/hosts", with: LabNames.hostsFile)
            try replace("/etc/resolv.conf", with: LabNames.resolverFile)
        }

        /// Makes the Swift runtime readable for a command without privileges: a toolchain under `/root` is not.
        /// Gives the folder to look in, or nil where this program has its runtime inside.
        static func shareRuntime() throws(LabError) -> String? {
            let library = contents(of: "/proc/self/maps").split(separator: "\n").lazy
                .compactMap { $0.firstIndex(of: "/").map($0.suffix(from:)) }
                .first { $0.hasSuffix("/libswiftCore.so") }
            guard let library else { return nil }
            try mount(
                "the Swift runtime",
                ["--bind", String(library.dropLast("/libswiftCore.so".count)), LabPaths.swiftLibraries])
            return LabPaths.swiftLibraries
        }

        /// Puts other text in the place of one of the machine's files. Where the file is a link into `/run`,
        /// which is empty now, the text goes where the link points.
        private static func replace(_ path: String, with text: String) throws(LabError) {
            let ours = "\(LabPaths.own)/\(path.split(separator: "/").last ?? "file")"
            try write(text, to: ours)
            if access(path, F_OK) == 0 {
                try bind(ours, over: path, create: false)
            } else if let target = linkTarget(of: path), target.hasPrefix("/run/") {
                var folder = ""
                for part in target.split(separator: "/").dropLast() {
                    folder += "/\(part)"
                    mkdir(folder, 0o755)
                }
                try write(text, to: target)
            } else {
                throw LabError("this machine has no \(path), so the lab cannot put its own there", exitStatus: 66)
            }
        }

        private static func bind(_ source: String, over path: String, create: Bool) throws(LabError) {
            if create { try write("", to: path) }
            try mount("a private \(path)", ["--bind", source, path])
        }

        private static func mount(_ what: String, _ arguments: [String]) throws(LabError) {
            let result = try ChildProcess.run(ChildProcess.path(of: "mount") ?? "mount", arguments)
            guard result.status == 0 else {
                let said = result.output.split(separator: "\n").joined(separator: "; ")
                throw LabError("cannot mount \(what): \(said)", exitStatus: 77)
            }
        }

        private static func write(_ text: String, to path: String) throws(LabError) {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw LabError("cannot write \(path): \(String(cString: strerror(errno)))", exitStatus: 74)
            }
            defer { close(descriptor) }
            let bytes = Array(text.utf8)
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
                throw LabError("cannot write \(path): \(String(cString: strerror(errno)))", exitStatus: 74)
            }
        }

        /// Where a symbolic link points, from the root; nil where the path is none.
        private static func linkTarget(of path: String) -> String? {
            let target = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
                let count = buffer.baseAddress.map { readlink(path, $0, buffer.count) } ?? 0
                return String(decoding: buffer[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
            guard !target.isEmpty else { return nil }
            var parts = target.hasPrefix("/") ? [] : path.split(separator: "/").dropLast()
            for part in target.split(separator: "/") {
                if part == ".." {
                    _ = parts.popLast()
                } else if part != "." {
                    parts.append(part)
                }
            }
            return "/" + parts.joined(separator: "/")
        }

        /// A file of `/proc`; empty where it cannot be read.
        static func contents(of path: String) -> String {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return "" }
            defer { close(descriptor) }
            var result: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 16_384)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return String(decoding: result, as: UTF8.self) }
                result += buffer[..<count]
            }
        }
    }
#endif
