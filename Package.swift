// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Every target: Swift 6 mode and the features that become the default next.
let common: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Pure modules read no clock, open nothing and contain no unsafe code: the compiler checks the last.
let pure: [SwiftSetting] = common + [.strictMemorySafety()]

let package = Package(
    name: "stallpoint",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "stallpoint", targets: ["stallpoint"]),
        .library(name: "PacketWire", targets: ["PacketWire"]),
        .library(name: "CaptureFile", targets: ["CaptureFile"]),
        .library(name: "Conversations", targets: ["Conversations"]),
        .library(name: "FilterRules", targets: ["FilterRules"]),
        .library(name: "Diagnosis", targets: ["Diagnosis"]),
        .library(name: "CaptureReplay", targets: ["CaptureReplay"]),
        .library(name: "Probing", targets: ["Probing"]),
        .library(name: "HostNetwork", targets: ["HostNetwork"]),
        .library(name: "LiveCapture", targets: ["LiveCapture"]),
        .library(name: "SecureChannel", targets: ["SecureChannel"]),
        .library(name: "FirewallLab", targets: ["FirewallLab"]),
        .library(name: "Engine", targets: ["Engine"]),
        .library(name: "Reporting", targets: ["Reporting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Pure: bytes and values only.
        .target(name: "PacketWire", swiftSettings: pure),
        .target(name: "CaptureFile", dependencies: ["PacketWire"], swiftSettings: pure),
        .target(name: "Conversations", dependencies: ["PacketWire", "CaptureFile"], swiftSettings: pure),
        .target(name: "FilterRules", dependencies: ["PacketWire"], swiftSettings: pure),
        .target(
            name: "Diagnosis", dependencies: ["PacketWire", "Conversations", "FilterRules"], swiftSettings: pure),
        .target(
            name: "CaptureReplay", dependencies: ["PacketWire", "CaptureFile", "Conversations", "Diagnosis"],
            swiftSettings: pure),
        .target(name: "Probing", dependencies: ["PacketWire", "Conversations", "Diagnosis"], swiftSettings: pure),
        .target(
            name: "Reporting", dependencies: ["PacketWire", "CaptureFile", "Conversations", "Diagnosis", "Probing"],
            swiftSettings: pure),

        // The edges: the only places with C, `#if os` and system calls.
        .systemLibrary(
            name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"]), .brew(["libpcap"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .target(name: "CHostNetwork"),
        .target(name: "HostNetwork", dependencies: ["CHostNetwork", "CZlib", "PacketWire"], swiftSettings: common),
        .target(
            name: "LiveCapture", dependencies: ["CPcap", "CaptureFile", "PacketWire", "HostNetwork"],
            swiftSettings: common),
        // One small library, with unsafe code at every call: the compiler sees that each is marked.
        .target(
            name: "SecureChannel", dependencies: ["COpenSSL", "PacketWire"],
            swiftSettings: common + [.strictMemorySafety()]),
        .target(name: "CScenarios"),
        .target(
            name: "FirewallLab",
            dependencies: ["CScenarios", "HostNetwork", "PacketWire", .product(name: "Yams", package: "Yams")],
            exclude: ["Scenarios"],
            swiftSettings: common),

        // The driver and the command.
        .target(
            name: "Engine",
            dependencies: [
                "PacketWire", "CaptureFile", "Conversations", "FilterRules", "Diagnosis", "CaptureReplay", "Probing",
                "HostNetwork", "LiveCapture", "SecureChannel",
            ],
            swiftSettings: common),
        .executableTarget(
            name: "stallpoint",
            dependencies: [
                "CaptureFile", "CaptureReplay", "Engine", "Reporting", "FirewallLab", "SecureChannel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),

        // Tests.
        .target(
            name: "StallpointTestKit",
            dependencies: ["PacketWire", "CaptureFile", "Conversations", "Diagnosis", "Probing"],
            path: "Tests/StallpointTestKit", swiftSettings: common),
    ]
        + [
            ("PacketWire", []), ("CaptureFile", []), ("Conversations", ["CaptureReplay"]),
            ("FilterRules", []),
            ("Diagnosis", ["FilterRules", "CaptureReplay"]),
            ("CaptureReplay", []), ("Probing", []),
            ("HostNetwork", []), ("LiveCapture", []), ("SecureChannel", ["COpenSSL", "PacketWire"]),
            ("FirewallLab", []), ("Engine", ["Reporting", "FirewallLab", "HostNetwork"]),
            ("Reporting", ["CaptureReplay"]),
        ].map { (module: String, more: [Target.Dependency]) in
            .testTarget(
                name: "\(module)Tests",
                dependencies: [.init(stringLiteral: module), "StallpointTestKit"] + more,
                swiftSettings: common)
        }
        + [
            // Every packet of every capture, beside what tshark says of it.
            .testTarget(
                name: "AgreementTests", dependencies: ["PacketWire", "CaptureFile", "StallpointTestKit"],
                exclude: ["explained.tsv"], swiftSettings: common),
            // These run the built command: as a person would, and inside the lab.
            .testTarget(
                name: "CommandTests", dependencies: ["stallpoint", "StallpointTestKit"], swiftSettings: common),
            .testTarget(
                name: "LabTests", dependencies: ["stallpoint", "FirewallLab", "HostNetwork", "StallpointTestKit"],
                swiftSettings: common),
        ]
)

// CI sets this: a warning is an error there, and a nuisance nowhere else.
if ProcessInfo.processInfo.environment["STALLPOINT_WARNINGS_AS_ERRORS"] != nil {
    for target in package.targets where target.type != .system && target.name != "CHostNetwork" {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}

// scripts/check sets this, for its tests spend most of their time in reading and judging captures: optimised as in a
// release, these take less than half. Never otherwise: a package with unsafe flags is no dependency of another.
if ProcessInfo.processInfo.environment["STALLPOINT_OPTIMIZED_CORE"] != nil {
    let core = ["PacketWire", "CaptureFile", "Conversations", "Diagnosis", "CaptureReplay"]
    for target in package.targets where core.contains(target.name) {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-O"])]
    }
}
