import ArgumentParser
import CaseFlow
import EventStore
import WorkingTime

/// Who may act.
struct NetworkWhoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who",
        abstract: "Who may act as something in a unit on a day: A, or B while A is away.",
        discussion: "Exit status 1 when nobody may."
    )

    @Argument(help: "The unit's code.")
    var unit: String

    @Argument(help: "The role, for example reviewer.")
    var role: OfficerRole

    @OptionGroup var question: NetworkQuestion

    private struct Standing: Encodable {
        let officer, post, unit: String
        /// `a` or `b`.
        let holder: String
        /// A, who is away; nil for A, and where the post has no A.
        let actingFor: String?
    }

    private struct Answer: Encodable {
        let log, unit, role, day: String
        /// By the posts' codes.
        let who: [Standing]
        /// The posts for which nobody may act.
        let nobody: [String]
    }

    func validate() throws { _ = try NetworkDefaults.unit(unit) }

    func run() async throws {
        let code = try UnitCode(unit)
        let (network, day) = try await question.network()
        if network.unit(code, on: day) == nil { throw NetworkShowCommand.missing(code, network, day) }
        let standings = network.whoMayAct(in: code, as: role, on: day)
        let manned = Set(standings.map(\.post))
        let nobody = network.seats(in: code, as: role, on: day).map(\.post).filter { !manned.contains($0) }
        if question.log.database.json {
            try Terminal.json(
                Answer(
                    log: question.log.log,
                    unit: unit,
                    role: role.rawValue,
                    day: day.description,
                    who: standings.map {
                        Standing(
                            officer: $0.officer.rawValue,
                            post: $0.post.name.rawValue,
                            unit: $0.post.unit.rawValue,
                            holder: $0.holder.rawValue,
                            actingFor: $0.actingFor?.rawValue
                        )
                    },
                    nobody: nobody.map(\.description)
                )
            )
        } else {
            for standing in standings {
                let instead = standing.actingFor?.rawValue ?? question.word("nobody (vacant)", "空缺")
                let how =
                    standing.holder == .a
                    ? question.word("A", "主岗") : question.word("B for \(instead)", "副岗，代 \(instead)")
                print("\(standing.officer)  \(standing.post)  \(how)")
            }
            for post in nobody { print(question.word("nobody  \(post)", "无人  \(post)")) }
            if standings.isEmpty, nobody.isEmpty {
                let title = role.title[question.language]
                print(
                    question.word(
                        "\(unit) has no post of the role \(role.rawValue) on \(day)",
                        "\(unit) 在 \(day) 没有“\(title)”岗位"
                    )
                )
            }
        }
        if standings.isEmpty { throw ExitCode(1) }
    }
}

extension OfficerRole: ExpressibleByArgument {}
