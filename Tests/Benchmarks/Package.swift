// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// A package of its own, so that nothing of it burdens a build of the product. Linux only, as the lab is.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "stallpoint", path: "../..")],
    targets: [
        .target(name: "BenchmarkSupport", swiftSettings: settings),
        .executableTarget(
            name: "ProbeBenchmark",
            dependencies: [
                "BenchmarkSupport",
                .product(name: "PacketWire", package: "stallpoint"),
                .product(name: "CaptureFile", package: "stallpoint"),
                .product(name: "HostNetwork", package: "stallpoint"),
            ],
            swiftSettings: settings),
        // A sender of many packets and the processor time of a child: more than Swift's Glibc module shows.
        .target(name: "CPacketSender"),
        .executableTarget(
            name: "CaptureBenchmark",
            dependencies: [
                "BenchmarkSupport", "CPacketSender",
                .product(name: "CaptureFile", package: "stallpoint"),
                .product(name: "HostNetwork", package: "stallpoint"),
            ],
            swiftSettings: settings),
        // What others are held against: a walk through a capture with a table of flows, and nothing else.
        .executableTarget(name: "CFlowWalk"),
        .executableTarget(
            name: "AnalyzeBenchmark",
            dependencies: [
                "BenchmarkSupport",
                .product(name: "PacketWire", package: "stallpoint"),
                .product(name: "CaptureFile", package: "stallpoint"),
                .product(name: "HostNetwork", package: "stallpoint"),
            ],
            swiftSettings: settings),
    ]
)
