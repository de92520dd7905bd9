import CaseFlow
import EventStore
import Foundation
import Support
import Synchronization
import WorkingTime

/// Invented people: births around 1900 in regions that are no county, a service's telephone number.
enum Invented {
    static let officer = Actor(trusted: "officer/31")
    static let day = (try? CivilDate("2026-11-22")) ?? .first
    static let number = "110000190001010012"
    static let otherNumber = "510000190402291235"
    static let code = "91350100M000100Y43"
    static let phone = "13800138000"

    static func person(
        _ name: String = "测试甲",
        _ number: String? = number,
        phone: String? = phone,
        address: String? = "虚构乡虚构村一组九号",
        note: String? = nil
    ) throws -> PersonalData {
        try PersonalData(
            person: name,
            identityNumber: number.map { try IdentityNumber($0) },
            phone: phone.map { try PhoneNumber($0) },
            address: address,
            note: note
        )
    }
}

extension VaultRandom {
    /// A source that a seed repeats.
    static func seeded(_ seed: UInt64) -> VaultRandom {
        let generator = Mutex(SeededGenerator(seed: seed))
        return VaultRandom { count in
            generator.withLock { generator in (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) } }
        }
    }
}

/// A vault on a log of its own.
struct TestVault {
    let database: TestDatabase
    let log: EventLog
    let key: MasterKey
    let vault: Vault

    init(seed: UInt64 = 1, clock: RecordingClock = .system) async throws {
        database = try await TestCluster.shared.database()
        log = try await database.log()
        key = MasterKey(.seeded(seed))
        vault = Vault(log, key: key, random: .seeded(seed + 1000), clock: clock)
    }
}
