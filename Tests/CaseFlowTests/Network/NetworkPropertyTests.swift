import CaseFlow
import EventStore
import Support
import Testing
import WorkingTime

/// Random histories, held against a model that scans all facts for each question.
@Suite struct NetworkPropertyTests {
    private typealias Town = SmallTown
    private static let officers = (1...4).map { OfficerID(trusted: "o-\($0)") }
    private static let posts = ["reviewer-1", "reviewer-2"].map(Town.name)
    private static let days = (0..<12).compactMap { Town.start.adding(days: $0) }

    /// Facts in the order in which they were recorded.
    private struct Model {
        var filled: [(post: ShortName, holder: PostHolder, officer: OfficerID?, from: CivilDate)] = []
        var absences: [(officer: OfficerID, absence: Officer.Absence)] = []

        /// Of the latest day up to this one, what was told last.
        func holder(_ post: ShortName, _ holder: PostHolder, _ day: CivilDate) -> OfficerID? {
            var found: (officer: OfficerID?, from: CivilDate)?
            for fact in filled where fact.post == post && fact.holder == holder && fact.from <= day {
                if fact.from >= found?.from ?? .first { found = (fact.officer, fact.from) }
            }
            return found?.officer
        }

        func isPresent(_ officer: OfficerID, _ day: CivilDate) -> Bool {
            !absences.contains { $0.officer == officer && $0.absence.contains(day) }
        }

        /// Who acts by a post: A, else B.
        func acting(_ post: ShortName, _ day: CivilDate) -> OfficerID? {
            PostHolder.allCases.compactMap { holder(post, $0, day) }.first { isPresent($0, day) }
        }
    }

    private static func history(_ generator: inout SeededGenerator) throws -> (NetworkBook, Model) {
        var (book, model) = (NetworkBook(), Model())
        for officer in officers { try Town.take(.register(from: Town.start), of: officer, Town.moment, &book) }
        let profile = Town.profile(Town.department, .department, in: Town.hall)
        try Town.take(.set(profile, from: Town.start), of: Town.department, Town.moment, &book)
        for post in posts {
            let wish = NetworkUnit.Wish.createPost(post, role: .reviewer, from: Town.start)
            try Town.take(wish, of: Town.department, Town.moment, &book)
        }
        for _ in 0..<25 {
            let (post, day) = (posts[Int(generator.next() % 2)], days[Int(generator.next() % 12)])
            let holder: PostHolder = generator.next() % 2 == 0 ? .a : .b
            let officer = officers[Int(generator.next() % 4)]
            switch generator.next() % 8 {
            case 0:
                guard let last = day.adding(days: Int(generator.next() % 3)) else { continue }
                let absence = Officer.Absence(from: day, through: last, reason: .leave)
                try Town.take(.absent(absence), of: officer, Town.moment, &book)
                model.absences.append((officer, absence))
            case 1:
                try Town.take(.vacate(post, holder, from: day), of: Town.department, Town.moment, &book)
                if model.holder(post, holder, day) != nil { model.filled.append((post, holder, nil, day)) }
            default:
                do {
                    try Town.take(.fill(post, holder, officer, from: day), of: Town.department, Town.moment, &book)
                    // What was so already is no event, and no fact for the model: a later fact may begin before it.
                    if model.holder(post, holder, day) != officer { model.filled.append((post, holder, officer, day)) }
                } catch NetworkUnit.Rejection.sameAsOther {
                    var tried = model
                    tried.filled.append((post, holder, officer, day))
                    #expect(days.contains { tried.holder(post, .a, $0) == tried.holder(post, .b, $0) })
                }
            }
        }
        return (book, model)
    }

    @Test(arguments: [1, 2, 3, 20_261_122] as [UInt64])
    func `holders, deputies and standings are those of the model`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<60 {
            let (book, model) = try Self.history(&generator)
            let network = book.latest
            for day in Self.days {
                for post in Self.posts {
                    let code = PostCode(Town.department, post)
                    let (a, b) = (network.holder(of: code, on: day), network.holder(of: code, .b, on: day))
                    #expect(
                        a == model.holder(post, .a, day) && b == model.holder(post, .b, day),
                        "\(seed) \(round) \(day)"
                    )
                    #expect(a == nil || a != b, "\(seed) \(round) \(day)")
                }
                let acting = Self.posts.map { model.acting($0, day) }
                let allowed = network.whoMayAct(in: Town.department, as: .reviewer, on: day)
                #expect(allowed.map(\.officer) == acting.compactMap(\.self), "\(seed) \(round) \(day)")
                for officer in Self.officers {
                    let standing = try? network.standing(of: officer, in: Town.department, as: .reviewer, on: day)
                    #expect((standing != nil) == acting.contains(officer), "\(seed) \(round) \(day) \(officer)")
                    #expect(
                        standing == nil || allowed.contains { $0 == standing },
                        "\(seed) \(round) \(day) \(officer)"
                    )
                }
            }
        }
    }
}
