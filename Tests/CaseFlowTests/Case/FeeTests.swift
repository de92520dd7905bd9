import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

/// What a citizen was charged, as it is recorded: lawful or not.
@Suite("Fees")
struct FeeTests {
    private func received(costing fen: Int? = nil) throws -> CentreCase {
        var file = try fen.map { try CentreCase.costing($0) } ?? CentreCase.felling()
        try file.receive()
        return file
    }

    private func unlawful(_ body: () throws -> some Any) -> Case.ProcedureRejection? {
        do { _ = try body() } catch Case.Rejection.procedure(let rejection, _) { return rejection } catch { return nil }
        return nil
    }

    @Test func `what was charged is recorded whether the item has a fee or not`() throws {
        for fee in [nil, 1000, 5000] {
            var file = try received(costing: fee)
            #expect(try file.on(.fee(1250, "R-1"), by: .window).map(\.words) == ["fee-charged"])
            #expect(try file.on(.fee(300), by: .agent).map(\.words) == ["fee-charged"])
            #expect(file.state.work?.charges.map(\.fen) == [1250, 300])
        }
    }

    @Test func `a receipt is one charge: again, later and by another officer it is so already`() throws {
        var file = try received()
        try file.on(.fee(1250, "R-1"), by: .window)
        #expect(try file.on(.fee(1250, "R-1"), by: .agent) == [])
        #expect(try file.on(.fee(1250, "R-2"), by: .window).count == 1)
        let charge = try #require(Case.FeeCharge(fen: 1250, receipt: "R-1"))
        #expect(refused { try file.on(.fee(1251, "R-1"), by: .window) } == .receiptTaken("R-1", by: charge))
        // Also when the case has ended, and when it goes on.
        try file.on(.withdrawn, by: .window)
        #expect(try file.on(.fee(1250, "R-1"), by: .window) == [])
        try file.give { .reopen(at: $0, reason: "why", under: $1, by: CentreCase.Hand.director.standing) }
        #expect(try file.on(.fee(1250, "R-2"), by: .agent) == [])
        #expect(file.state.work?.charges.count == 2)
    }

    @Test func `without a receipt the same moment and officer is the same charge, another moment another`() throws {
        var file = try received()
        try file.on(.fee(500), by: .window)
        let hand = CentreCase.Hand.window.standing
        #expect(try file.take(.record(.fee(500), at: file.at, under: file.law, by: hand)) == [])
        #expect(try file.on(.fee(500), by: .window).count == 1)
        #expect(file.state.work?.charges.count == 2)
    }

    @Test func `it is charged by a window or an agent, between the receipt and the end`() throws {
        var unknown = try CentreCase.felling()
        #expect(throws: Case.Rejection.notReceived) { try unknown.on(.fee(500), by: .window) }
        var file = try received()
        for hand in CentreCase.Hand.allCases where hand != .window && hand != .agent {
            let role = hand.standing.role
            #expect(refused { try file.on(.fee(500), by: hand) } == .wrongRole(role, allowed: [.window, .agent]))
        }
        let early = try moment("2026-03-01")
        let hand = CentreCase.Hand.window.standing
        let before = unlawful { try file.take(.record(.fee(500), at: early, under: file.law, by: hand)) }
        guard case .outOfOrder("fee-charged", _, "received", _, _)? = before else {
            Issue.record("charged before the receipt: \(String(describing: before))")
            return
        }
        var withdrawn = file
        try withdrawn.on(.withdrawn, by: .window)
        #expect(unlawful { try withdrawn.on(.fee(500), by: .window) } == .ended(withdrawn.at.localDate))
        var closed = try #require(CaseLife.states.first { $0.name == "delivered" }).reached()
        #expect(try closed.on(.fee(500), by: .window).count == 1)
        try closed.give { .close(at: $0, under: $1, by: CentreCase.Hand.window.standing) }
        #expect(refused { try closed.on(.fee(500), by: .window) } == .closed)
    }

    @Test func `the number of a receipt is a text like others`() throws {
        var file = try received()
        #expect(refused { try file.on(.fee(500, ""), by: .window) } == .textMissing("the number of the receipt"))
        #expect(refused { try file.on(.fee(500, "13800138000"), by: .window) } == .personalData(.mobileNumber))
    }

    @Test func `a case of no item knows no fees`() throws {
        let pin = Case.RulePin(try TownshipCase.rules.get())
        let law = try CentreCase.felling().law
        let at = try moment("2026-03-02")
        let opening = Case.Opening(CaseNumber(trusted: "C-1"), pin: pin)
        var state = Case.initial
        for event in try Case.decide(.open(opening, at: at, under: law), state) { Case.evolve(&state, event) }
        #expect(refused { try Case.decide(.record(.fee(500), at: at, under: law), state) } == .noItem)
    }

    @Test func `an amount is more than nothing and at most a million yuan`() {
        for fen in [0, -1, Int.min, ServiceItem.Fee.maximumFen + 1, Int.max] {
            #expect(Case.FeeCharge(fen: fen) == nil)
        }
        for fen in [1, ServiceItem.Fee.maximumFen] { #expect(Case.FeeCharge(fen: fen)?.fen == fen) }
    }

    @Test(arguments: [
        (#""fen": 0"#, "its 'fen' is 0: an amount is 1 to 100000000 fen"),
        (#""fen": 100000001"#, "its 'fen' is 100000001"), (#""fen": 12.5"#, "its 'fen' cannot be understood"),
        (#""fen": "5""#, "it is no whole number"), (#""receipt": "R-1""#, "it has no 'fen'"),
        (#""fen": 5, "receipt": 7"#, "its 'receipt' cannot be understood"),
        (#""yuan": 5"#, "has no member 'yuan'; it has fen, receipt"),
    ])
    func `a document of a charge that is none is told`(members: String, told: String) {
        let problem = #expect(throws: FactDocument.Problem.self) {
            try FactDocument(Array("{\"fact\": \"fee-charged\", \(members)}".utf8))
        }
        #expect(problem?.description.contains(told) == true, "\(problem?.description ?? "nothing")")
    }

    @Test func `what may be done next names the fee as long as the item's fee is open`() throws {
        func isNamed(_ file: CentreCase) throws -> Bool {
            Case.next(file.state, at: file.at, under: try file.law).contains { $0.act == "fee" && !$0.isOnTheWay }
        }
        #expect(try !isNamed(received()))
        var file = try received(costing: 1000)
        #expect(try isNamed(file))
        try file.on(.fee(600, "R-1"), by: .window)
        #expect(try isNamed(file))
        try file.on(.fee(400, "R-2"), by: .window)
        #expect(try !isNamed(file))
    }

    @Test(arguments: [(1, "0.01"), (10, "0.10"), (1250, "12.50"), (100_000_000, "1000000.00")])
    func `yuan are written with two decimals`(fen: Int, text: String) {
        #expect(ServiceItem.Fee.yuan(fen: fen) == text)
    }
}
