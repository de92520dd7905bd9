import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// Looks are recorded first; an erasure leaves the log whole.
@Suite struct VaultLookTests {
    private static func look(
        _ why: String = "投诉核查",
        fields: [PersonalData.Field] = PersonalData.Field.allCases
    ) -> Subject.Look {
        Subject.Look(
            who: Invented.officer,
            role: .inspector,
            why: why,
            case: StreamName(trusted: "case/1"),
            fields: fields
        )
    }

    @Test func `a look is recorded, with who, why, case and fields, and shows no more than was asked for`() async throws
    {
        let test = try await TestVault()
        let sealed = try await test.vault.register(try Invented.person())
        let shown = try await test.vault.look(at: sealed, Self.look(fields: [.phone, .name, .note]))
        #expect(shown.values.map(\.field) == [.name, .phone] && shown.values.map(\.value) == ["测试甲", Invented.phone])
        #expect(shown.position == 1 && shown.subject == sealed.subject)
        _ = try await test.vault.look(at: sealed.subject, Self.look("复核"))
        let record = try await Vault.looks(at: sealed.subject, in: test.log)
        #expect(record.looks.map(\.look) == [Self.look(fields: [.name, .phone, .note]), Self.look("复核")])
        #expect(record.looks.map(\.position) == [1, 2] && record.erasure == nil)
        #expect(try await Vault.looks(at: SubjectID(.system), in: test.log).looks.isEmpty)
        await test.log.close()
    }

    /// Fails if the data is handed out before the record is stored: here no record can be stored.
    @Test func `what cannot be recorded is not shown`() async throws {
        let offset = RecordingClock { RecordingClock.system.now().advanced(byMicroseconds: 3_600_000_000) }
        let test = try await TestVault()
        let sealed = try await test.vault.register(try Invented.person())
        var settings = EventLog.Settings()
        settings.clock = offset
        let late = try await test.database.log("test", settings: settings)
        let vault = Vault(late, key: test.key)
        await #expect(throws: AppendError.self) { try await vault.look(at: sealed, Self.look()) }
        #expect(try await Vault.looks(at: sealed.subject, in: test.log).looks.isEmpty)
        await late.close()
        await test.log.close()
    }

    @Test(arguments: [
        ("", Subject.Rejection.noReason), (" \u{3000}\n", .noReason), (String(repeating: "查", count: 167), .longReason),
        ("核对 110000190001010012", .trace(.identityNumber)), ("联系13800138000", .trace(.mobileNumber)),
        // Somebody else's number is refused in the same words: a refusal says nothing about this subject.
        ("核对 510000190402291235", .trace(.identityNumber)),
    ])
    func `a look without a reason, or with a number in it, is refused`(why: String, rejection: Subject.Rejection)
        async throws
    {
        let test = try await TestVault()
        let sealed = try await test.vault.register(try Invented.person())
        await #expect(throws: rejection) { try await test.vault.look(at: sealed, Self.look(why)) }
        await #expect(throws: rejection) { try await test.vault.look(at: sealed.subject, Self.look(why)) }
        await #expect(throws: rejection) {
            try await test.vault.erase(
                sealed.subject,
                reason: why,
                on: Invented.day,
                actor: Invented.officer,
                request: UUID()
            )
        }
        #expect(try await test.log.head() == 0)
        #expect(try await test.vault.open(sealed) == Invented.person())
        await test.log.close()
    }

    @Test func `the subject's own name does not get into the record`() async throws {
        let test = try await TestVault()
        let sealed = try await test.vault.register(try Invented.person())
        let shown = try await test.vault.look(at: sealed, Self.look("测试甲来电催办"))
        #expect(shown.recordedReason == "〔隐〕来电催办")
        _ = try await test.vault.erase(
            sealed.subject,
            reason: "测试甲申请",
            on: Invented.day,
            actor: Invented.officer,
            request: UUID()
        )
        let record = try await Vault.looks(at: sealed.subject, in: test.log)
        #expect(record.looks.map(\.look.why) == ["〔隐〕来电催办"] && record.erasure?.reason == "〔隐〕申请")
        await test.log.close()
    }

    @Test func `after an erasure nothing opens, the log is whole, and the day is told`() async throws {
        let test = try await TestVault()
        let sealed = try await test.vault.register(try Invented.person())
        let other = try await test.vault.register(try Invented.person("乙", Invented.otherNumber))
        var json = StoredJSONWriter()
        json.member("applicant", sealed)
        let stream = StreamName(trusted: "case/1")
        let event = NewEvent(
            type: "case.test/1",
            effectiveAt: test.vault.clock.now(),
            actor: Invented.officer,
            data: json.finish()
        )
        _ = try await test.log.append(
            AppendRequest(id: UUID(), writes: [StreamWrite(stream, expected: .noStream, events: [event])])
        )
        _ = try await test.vault.look(at: sealed, Self.look())
        func erase() async throws -> Bool {
            try await test.vault.erase(
                sealed.subject,
                reason: "申请删除",
                on: Invented.day,
                actor: Invented.officer,
                request: UUID()
            )
        }
        #expect(try await erase())
        #expect(try await test.log.head() == 3)
        #expect(try await !erase())
        #expect(try await test.log.head() == 3)

        let erased = Subject.Rejection.erased(on: Invented.day)
        await #expect(throws: erased) { try await test.vault.open(sealed) }
        await #expect(throws: erased) { try await test.vault.latest(sealed.subject) }
        await #expect(throws: erased) { try await test.vault.look(at: sealed, Self.look()) }
        // Another process, whose memory knows of no erasure.
        await #expect(throws: erased) { try await Vault(test.log, key: test.key).open(sealed) }
        #expect(
            erased.description.contains("erased on \(Invented.day)")
                && erased.words[.chinese].contains("\(Invented.day)")
        )
        #expect(try await test.vault.open([sealed, other]).keys.map(\.subject) == [other.subject])

        // The log: every event as it was, verified, and the case still names whose it was, as a pseudonym.
        #expect(try await LogVerifier(test.log).verify().damage == nil)
        #expect(try await SealedPerson.all(in: stream, of: test.log) == [sealed])
        // The same citizen comes again and is somebody new; the erased name is not taken again.
        let anew = try await test.vault.register(try Invented.person())
        #expect(anew.subject != sealed.subject && anew.box != sealed.box)
        await #expect(throws: VaultProblem.noSuchSubject(sealed.subject, test.log.id)) {
            try await test.vault.register(Invented.person("丙", nil), as: sealed.subject)
        }
        // Nothing of the subject is left in the table.
        let admin = try await test.database.superuser()
        let rows = try await admin.query(
            "SELECT count(*) FROM caseflow.vault_keys WHERE subject = $1",
            [sealed.subject.rawValue]
        )
        #expect(try rows[0].decode(0, as: Int.self) == 0)
        await admin.close()
        await test.log.close()
    }

    @Test func `an erasure that broke off after its record is finished, and shows nothing meanwhile`() async throws {
        let test = try await TestVault()
        let sealed = try await test.vault.register(try Invented.person())
        // What a crash between the record and the removal leaves.
        _ = try await test.vault.handler.handle(
            .erase(reason: "申请", on: Invented.day, by: Invented.officer, at: test.vault.clock.now()),
            on: sealed.subject.stream,
            actor: Invented.officer,
            request: UUID()
        )
        let other = Vault(test.log, key: test.key)
        await #expect(throws: Subject.Rejection.erased(on: Invented.day)) { try await other.open(sealed) }
        await #expect(throws: Subject.Rejection.erased(on: Invented.day)) {
            try await other.look(at: sealed.subject, Self.look())
        }
        let audit = try await Vault.audit(test.log, searchingUnused: false)
        #expect(audit.unfinishedErasures == [sealed.subject])
        #expect(try await Vault.mend(audit, in: test.log) == 1)
        #expect(try await Vault.audit(test.log, searchingUnused: false).subjects == 0)
        await test.log.close()
    }

    @Test func `one who is not there can be neither seen nor erased`() async throws {
        let test = try await TestVault()
        let nobody = SubjectID(.system)
        let problem = VaultProblem.noSuchSubject(nobody, test.log.id)
        await #expect(throws: problem) { try await test.vault.look(at: nobody, Self.look()) }
        await #expect(throws: problem) {
            try await test.vault.erase(nobody, reason: "申请", on: Invented.day, actor: Invented.officer, request: UUID())
        }
        #expect(try await test.log.head() == 0)
        await test.log.close()
    }
}
