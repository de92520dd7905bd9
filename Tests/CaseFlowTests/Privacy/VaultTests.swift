import EventStore
import Foundation
import PostgresClient
import Support
import Testing

@testable import CaseFlow

/// The vault on a database: who is found again, what opens, what other keys do.
@Suite struct VaultTests {
    @Test func `a subject is found again by its number, whatever else has changed`() async throws {
        let test = try await TestVault()
        let first = try await test.vault.register(try Invented.person())
        let again = try await test.vault.register(try Invented.person())
        #expect(first == again)
        let moved = try await test.vault.register(try Invented.person("改名乙", phone: nil, address: "别处"))
        #expect(moved.subject == first.subject && moved.box != first.box)
        let other = try await test.vault.register(try Invented.person("测试乙", Invented.otherNumber))
        #expect(other.subject != first.subject)
        let firm = try await test.vault.register(
            PersonalData(organisation: "虚构公司", creditCode: UnifiedSocialCreditCode(Invented.code))
        )
        #expect(Set([first.subject, other.subject, firm.subject]).count == 3)
        // Each box opens as what was sealed in it; the vault keeps the latest.
        #expect(try await test.vault.open(first) == Invented.person())
        #expect(try await test.vault.open(moved).name == "改名乙")
        #expect(try await test.vault.latest(first.subject) == moved)
        let all = try await test.vault.open([first, moved, other, firm])
        #expect(all.count == 4 && all[firm]?.creditCode?.clearText == Invented.code)
        #expect(try await test.vault.open([]).isEmpty)
        await test.log.close()
    }

    @Test func `without a number a subject is new each time, unless it is named`() async throws {
        let test = try await TestVault()
        let data = try Invented.person("无号丙", nil)
        let (one, two) = (try await test.vault.register(data), try await test.vault.register(data))
        #expect(one.subject != two.subject && one.box != two.box)
        let name = SubjectID(nameBased: ["case", "7"])
        let named = try await test.vault.register(data, as: name)
        #expect(named.subject == name)
        #expect(try await test.vault.register(data, as: name) == named)
        // It learns its number later, and is found by it.
        let numbered = try Invented.person("无号丙")
        #expect(try await test.vault.register(numbered, as: name).subject == name)
        #expect(try await test.vault.register(numbered).subject == name)
        // A number that belongs to it finds it under whatever name a new case would give.
        #expect(try await test.vault.register(numbered, as: SubjectID(nameBased: ["case", "8"])).subject == name)
        // But not a second number, and nobody else's.
        await #expect(throws: VaultProblem.otherNumber(name)) {
            try await test.vault.register(Invented.person("无号丙", Invented.otherNumber), as: name)
        }
        await #expect(throws: VaultProblem.otherNumber(one.subject)) {
            try await test.vault.register(numbered, as: one.subject)
        }
        await test.log.close()
    }

    @Test func `many at once share transactions, and the same citizen is one subject`() async throws {
        let test = try await TestVault()
        // A second process, with sessions of its own.
        let second = EventLog(test.log.id, work: test.database.configuration())
        let vaults = [test.vault, Vault(second, key: test.key)]
        let sealed = try await withThrowingTaskGroup(of: (Int, SealedPerson).self) { group in
            for index in 0..<1200 {
                group.addTask {
                    let number = Self.number(index % 300)
                    return (
                        index % 300, try await vaults[index % 2].register(Invented.person("人\(index % 300)", number))
                    )
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let bySubject = Dictionary(grouping: sealed, by: \.1.subject)
        #expect(bySubject.count == 300)
        #expect(bySubject.values.allSatisfy { Set($0.map(\.0)).count == 1 && Set($0.map(\.1.box)).count == 1 })
        #expect(try await Vault.audit(test.log, searchingUnused: false).subjects == 300)
        await second.close()
        await test.log.close()
    }

    /// A made-up number, its check character from the decider under test.
    private static func number(_ sequence: Int) -> String {
        let digits = "11000019000101" + String(repeating: "0", count: 3 - "\(sequence)".count) + "\(sequence)"
        return digits + String(decoding: [IdentityNumber.check(digits.utf8)], as: UTF8.self)
    }

    @Test func `one that is refused does no harm to those beside it`() async throws {
        let test = try await TestVault()
        let known = try await test.vault.register(try Invented.person())
        let registrar = VaultRegistrar(test.vault.store, test.key, .system, .system)
        let results = try await registrar.store([
            .init(data: try Invented.person("乙", Invented.otherNumber), wanted: nil),
            .init(data: try Invented.person("丙", Invented.otherNumber), wanted: known.subject),
            .init(data: try Invented.person("丁", nil), wanted: nil),
        ])
        #expect(throws: VaultProblem.otherNumber(known.subject)) { try results[1].get() }
        #expect(try await test.vault.open(results[0].get()).name == "乙")
        #expect(try await test.vault.open(results[2].get()).name == "丁")
        await test.log.close()
    }

    @Test func `two logs know nothing of each other`() async throws {
        let test = try await TestVault()
        let neighbour = try await test.database.log("neighbour")
        let other = Vault(neighbour, key: test.key)
        let here = try await test.vault.register(try Invented.person())
        let there = try await other.register(try Invented.person())
        #expect(here.subject != there.subject)
        await #expect(throws: VaultProblem.noSuchSubject(here.subject, neighbour.id)) { try await other.open(here) }
        // Nor does a box of one pass for the other's, even with the other's subject on it.
        await #expect(throws: VaultProblem.damaged(there.subject)) {
            try await other.open(SealedPerson(subject: there.subject, box: here.box))
        }
        await neighbour.close()
        await test.log.close()
    }

    @Test func `a wrong master key is refused everywhere, and changes nothing`() async throws {
        let test = try await TestVault()
        let sealed = try await test.vault.register(try Invented.person())
        let wrongKey = MasterKey(.seeded(99))
        let wrong = Vault(test.log, key: wrongKey)
        let problem = VaultProblem.otherMasterKey(test.log.id, needs: test.key.id, given: wrongKey.id)
        await #expect(throws: problem) { try await wrong.checkKey() }
        await #expect(throws: problem) { try await wrong.register(Invented.person()) }
        await #expect(throws: problem) { try await wrong.open(sealed) }
        await #expect(throws: problem) { try await wrong.open([sealed]) }
        await #expect(throws: problem) { try await wrong.rotate(to: MasterKey(.seeded(98))) }
        await #expect(throws: problem) {
            try await wrong.look(at: sealed, Subject.Look(who: Invented.officer, role: .auditor, why: "抽查"))
        }
        await #expect(throws: problem) {
            try await wrong.erase(
                sealed.subject,
                reason: "申请",
                on: Invented.day,
                actor: Invented.officer,
                request: UUID()
            )
        }
        #expect(try await test.log.head() == 0)
        #expect(try await test.vault.open(sealed) == Invented.person())
        await test.log.close()
    }

    @Test func `a changed box or key is named, and can still be erased`() async throws {
        let test = try await TestVault()
        let sealed = try await test.vault.register(try Invented.person())
        for box in ["", "AAAA", "no base64", String(sealed.box.dropLast(4)) + "AAAA"] {
            await #expect(throws: VaultProblem.damaged(sealed.subject)) {
                try await test.vault.open(SealedPerson(subject: sealed.subject, box: box))
            }
        }
        let admin = try await test.database.superuser()
        try await admin.query("UPDATE caseflow.vault_keys SET wrapped_key = set_byte(wrapped_key, 20, 7)")
        await #expect(throws: VaultProblem.damagedKey(sealed.subject)) { try await test.vault.open(sealed) }
        let didErase = try await test.vault.erase(
            sealed.subject,
            reason: "申请",
            on: Invented.day,
            actor: Invented.officer,
            request: UUID()
        )
        #expect(didErase)
        await admin.close()
        await test.log.close()
    }

    @Test func `after a rotation the new key opens and finds all, and the former one nothing`() async throws {
        let test = try await TestVault()
        var sealed: [SealedPerson] = []
        for index in 0..<5 {
            sealed.append(try await test.vault.register(Invented.person("人\(index)", Self.number(index))))
        }
        sealed.append(try await test.vault.register(Invented.person("无号", nil)))
        let newKey = MasterKey(.seeded(50))
        #expect(try await test.vault.rotate(to: newKey) == 6)
        #expect(try await test.vault.rotate(to: newKey) == 0)
        await #expect(throws: VaultProblem.self) { try await test.vault.open(sealed[0]) }
        await #expect(throws: VaultProblem.self) { try await test.vault.register(Invented.person()) }
        let renewed = Vault(test.log, key: newKey)
        for (index, one) in sealed.prefix(5).enumerated() {
            #expect(try await renewed.open(one).name == "人\(index)")
            // Found by its number, and sealed as before: the subject's own key is the same.
            #expect(try await renewed.register(Invented.person("人\(index)", Self.number(index))) == one)
        }
        #expect(try await renewed.open(sealed[5]).name == "无号")
        let audit = try await Vault.audit(test.log, searchingUnused: false)
        #expect(audit.subjects == 6 && audit.withoutNumber == 1 && audit.otherMasterKey == 0)
        await test.log.close()
    }

    @Test func `a rotation that cannot be finished leaves all as it was`() async throws {
        let test = try await TestVault()
        let good = try await test.vault.register(try Invented.person())
        let bad = try await test.vault.register(try Invented.person("乙", Invented.otherNumber))
        let admin = try await test.database.superuser()
        try await admin.query(
            "UPDATE caseflow.vault_keys SET wrapped_key = set_byte(wrapped_key, 20, 7) WHERE subject = $1",
            [bad.subject.rawValue]
        )
        await #expect(throws: VaultProblem.damagedKey(bad.subject)) {
            try await test.vault.rotate(to: MasterKey(.seeded(51)))
        }
        #expect(try await test.vault.open(good) == Invented.person())
        #expect(try await Vault.masterKeyID(of: test.log) == test.key.id)
        await admin.close()
        await test.log.close()
    }

    @Test func `the same seed gives the same subjects and the same boxes`() async throws {
        var runs: [[SealedPerson]] = []
        for _ in 0..<2 {
            let test = try await TestVault(seed: 42)
            let one = try await test.vault.register(try Invented.person())
            runs.append([one, try await test.vault.register(try Invented.person("无号", nil))])
            await test.log.close()
        }
        #expect(runs[0] == runs[1])
    }

    @Test func `the application may change the vault, a reader may not even see it`() async throws {
        let test = try await TestVault()
        _ = try await test.vault.register(try Invented.person())
        let reader = try await test.database.connect(as: "caseflow_reader")
        for statement in [
            "SELECT * FROM caseflow.vault_keys", "SELECT * FROM caseflow.vaults", "DELETE FROM caseflow.vault_keys",
        ] {
            let error = await #expect(throws: PostgresError.self) { try await reader.query(statement) }
            #expect(error?.sqlState == .insufficientPrivilege, "\(statement)")
        }
        await reader.close()
        let application = try await test.database.connect()
        let error = await #expect(throws: PostgresError.self) {
            try await application.query("TRUNCATE caseflow.vault_keys")
        }
        #expect(error?.sqlState == .insufficientPrivilege)
        await application.close()
        await test.log.close()
    }

    @Test func `keys without an event are found after a day and removed, those in use are not`() async throws {
        let test = try await TestVault()
        let used = try await test.vault.register(try Invented.person())
        let unused = try await test.vault.register(try Invented.person("乙", Invented.otherNumber))
        let fresh = try await test.vault.register(try Invented.person("丙", nil))
        // As an event of a case carries it, deep inside.
        var json = StoredJSONWriter()
        json.member("applicant", used)
        _ = try await test.log.append(
            AppendRequest(
                id: UUID(),
                writes: [
                    StreamWrite(
                        StreamName(trusted: "case/1"),
                        expected: .noStream,
                        events: [
                            NewEvent(
                                type: "case.test/1",
                                effectiveAt: test.vault.clock.now(),
                                actor: Invented.officer,
                                data: json.finish()
                            )
                        ]
                    )
                ]
            )
        )
        #expect(try await SealedPerson.all(in: StreamName(trusted: "case/1"), of: test.log) == [used])
        #expect(try await Vault.audit(test.log, searchingUnused: true).unused.isEmpty)
        let admin = try await test.database.superuser()
        try await admin.query(
            "UPDATE caseflow.vault_keys SET used_at = used_at - interval '25 hours' WHERE subject <> $1",
            [fresh.subject.rawValue]
        )
        let audit = try await Vault.audit(test.log, searchingUnused: true)
        #expect(audit.unused == [unused.subject] && audit.subjects == 3 && audit.withoutNumber == 1)
        // It comes into use between audit and mending.
        _ = try await test.vault.register(try Invented.person("乙", Invented.otherNumber))
        #expect(try await Vault.mend(audit, in: test.log) == 0)
        try await admin.query("UPDATE caseflow.vault_keys SET used_at = used_at - interval '25 hours'")
        #expect(try await Vault.mend(audit, in: test.log) == 1)
        await #expect(throws: VaultProblem.noSuchSubject(unused.subject, test.log.id)) {
            try await test.vault.open(unused)
        }
        #expect(try await test.vault.open(used) == Invented.person())
        await admin.close()
        await test.log.close()
    }
}
