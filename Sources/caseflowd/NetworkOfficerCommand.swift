import ArgumentParser
import CaseFlow
import EventStore
import WorkingTime

/// An officer's posts and absences.
struct NetworkOfficerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "officer",
        abstract: "An officer on a day: in service or away, and the posts held as A and as B."
    )

    @Argument(help: "The officer's code.")
    var officer: String

    @OptionGroup var question: NetworkQuestion

    private struct Posting: Encodable { let post, role, holder, since: String }
    private struct Absence: Encodable { let from, through, reason: String }

    private struct Answer: Encodable {
        let log, officer, day: String
        let isInService: Bool
        /// The absence that covers the day.
        let away: Absence?
        let posts: [Posting]
        /// All absences that are known, in the order in which they were recorded.
        let absences: [Absence]
    }

    func validate() throws { _ = try NetworkDefaults.officer(officer) }

    func run() async throws {
        let code = try OfficerID(officer)
        let (network, day) = try await question.network()
        guard let state = network.officers[code] else {
            throw WrongCall(
                description: "the network has no officer \(code); `network show UNIT` names those of a unit"
            )
        }
        func absence(_ absence: Officer.Absence) -> Absence {
            Absence(
                from: absence.from.description,
                through: absence.through.description,
                reason: absence.reason.rawValue
            )
        }
        let postings = network.postings(of: code, on: day)
        let away = state.absence(on: day)
        if question.log.database.json {
            return try Terminal.json(
                Answer(
                    log: question.log.log,
                    officer: officer,
                    day: day.description,
                    isInService: state.isInService(on: day),
                    away: away.map(absence),
                    posts: postings.map {
                        Posting(
                            post: $0.post.description,
                            role: $0.role.rawValue,
                            holder: $0.holder.rawValue,
                            since: $0.since.description
                        )
                    },
                    absences: state.absences.map(absence)
                )
            )
        }
        let status: String
        if let away {
            let reason = away.reason.title[question.language]
            status = question.word(
                "away from \(away.from) through \(away.through) (\(reason))",
                "\(away.from) 至 \(away.through) 不在岗（\(reason)）"
            )
        } else {
            status =
                state.isInService(on: day)
                ? question.word("in service", "在岗") : question.word("not in service", "不在任")
        }
        print("\(code)  \(day)  \(status)")
        for posting in postings {
            let (role, holder) = (posting.role.title[question.language], posting.holder.title[question.language])
            print(
                question.word(
                    "  \(posting.post): \(role), \(holder) since \(posting.since)",
                    "  \(posting.post)：\(role)，\(holder)，自 \(posting.since)"
                )
            )
        }
    }
}
