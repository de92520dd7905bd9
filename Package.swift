// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 mode, no warning survives, and no unsafe construct outside `PostgresClient`.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let safe: [SwiftSetting] = strict + [.strictMemorySafety()]

let package = Package(
    name: "caseflow",
    products: [
        .library(name: "PostgresClient", targets: ["PostgresClient"]),
        .library(name: "EventStore", targets: ["EventStore"]),
        .library(name: "WorkingTime", targets: ["WorkingTime"]),
        .library(name: "CaseFlow", targets: ["CaseFlow"]),
        .executable(name: "caseflowd", targets: ["caseflowd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // The only door to C's libpq, and the only target that goes through it.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "PostgresClient",
            dependencies: ["CLibPQ", .product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: strict
        ),
        .target(name: "PrivatePostgres", swiftSettings: safe),
        .target(
            name: "TransparencyLog",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: safe
        ),
        // The SQL lives in `schema/`, one object a file; this target only carries it into the binary's bundle.
        .target(
            name: "CaseFlowSchema",
            path: "schema",
            resources: [.copy("objects"), .copy("tables"), .copy("functions"), .copy("roles"), .copy("migrations")],
            swiftSettings: safe
        ),
        .target(
            name: "EventStore",
            dependencies: [
                "PostgresClient", "TransparencyLog", "CaseFlowSchema",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: safe
        ),
        // Calendars and time limits; knows no law, no clock and no time zone.
        .target(name: "WorkingTime", swiftSettings: safe),
        .target(
            name: "CaseFlow",
            dependencies: [
                "EventStore", "WorkingTime", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.copy("Calendars/Shipped"), .copy("Clock/Packs")],
            swiftSettings: safe
        ),
        .target(
            name: "CaseFlowServer",
            dependencies: [
                "CaseFlow", "PrivatePostgres", .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: safe
        ),
        .executableTarget(
            name: "caseflowd",
            dependencies: [
                "CaseFlowServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: safe
        ),
        // Faults under load: kill -9, cut lines, full disks. Run by `ops/torture`; no product of the package.
        .executableTarget(
            name: "caseflow-torture",
            dependencies: [
                "CaseFlowServer", "CaseFlow", "EventStore", "PostgresClient", "PrivatePostgres", "RungOracle",
                "WorkingTime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Trials/Torture",
            swiftSettings: strict
        ),
        // What the workers raise, computed anew and slowly: for trials and tests.
        .target(
            name: "RungOracle",
            dependencies: ["CaseFlow", "EventStore", "WorkingTime"],
            path: "Trials/RungOracle",
            swiftSettings: safe
        ),
        .executableTarget(
            name: "caseflow-bench",
            dependencies: [
                "CaseFlowServer", "CaseFlow", "WorkingTime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Trials/Bench",
            swiftSettings: strict
        ),
        .target(
            name: "Support",
            dependencies: ["EventStore", "PrivatePostgres"],
            path: "Tests/Support",
            swiftSettings: strict
        ),
        .testTarget(name: "PrivatePostgresTests", dependencies: ["PrivatePostgres"], swiftSettings: safe),
        .testTarget(name: "PostgresClientTests", dependencies: ["PostgresClient", "Support"], swiftSettings: strict),
        .testTarget(
            name: "EventStoreTests",
            dependencies: [
                "EventStore", "Support", "TransparencyLog", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "WorkingTimeTests", dependencies: ["WorkingTime"], swiftSettings: safe),
        .testTarget(
            name: "CaseFlowTests",
            dependencies: ["CaseFlow", "CaseFlowServer", "RungOracle", "Support", "TransparencyLog", "WorkingTime"],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "CaseFlowServer", "caseflowd", "Support", .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            swiftSettings: strict
        ),
    ]
)
