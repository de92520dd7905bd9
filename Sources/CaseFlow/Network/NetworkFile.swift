import EventStore
import WorkingTime

/// What a file of a network holds, and where.
public struct NetworkFile: Sendable, Hashable {
    /// A unit, and where it stands.
    public struct Unit: Sendable, Hashable {
        /// The unit.
        public var entry: UnitEntry
        /// The line on which it begins, from 1.
        public var line: Int
        /// The lines of its posts, in their order.
        var postLines: [Int] = []
        /// The lines of its duties, in their order.
        var dutyLines: [Int] = []
    }

    /// An officer, and where the code stands.
    public struct Officer: Sendable, Hashable {
        /// The officer.
        public var entry: OfficerEntry
        /// The line, from 1.
        public var line: Int
    }

    /// A finding: an issue with its place.
    public struct Finding: Error, Sendable, Hashable, CustomStringConvertible {
        /// The file.
        public var file: String
        /// The line, from 1; nil where the file as a whole is meant.
        public var line: Int?
        /// The unit's or the officer's code; nil where none is meant, or it cannot be read.
        public var subject: String?
        /// What is wrong with it.
        public var issue: NetworkIssue

        /// Whether it is only a remark.
        public var isRemark: Bool { issue.rule.isRemark }

        /// `FILE:LINE: CODE: what; mend`
        public func words(_ language: Language) -> String {
            let place = "\(file)\(line.map { ":\($0)" } ?? "")"
            let (what, mend) = (issue.what[language], issue.mend[language])
            return "\(place): \(subject.map { "\($0): " } ?? "")\(what)\(language == .chinese ? "；" : "; ")\(mend)"
        }

        /// In English.
        public var description: String { words(.english) }
    }

    /// The file's name.
    public let name: String
    /// Whose network it is, as the file says.
    public internal(set) var title: ShortName?
    /// The day from which on holds what names none and is new; nil for the day of entry.
    public internal(set) var from: CivilDate?
    /// The units that could be read, in the order of the file.
    public internal(set) var units: [Unit] = []
    /// The officers that could be read, in the order of the file.
    public internal(set) var officers: [Officer] = []
    /// What could not be read, in the order of the file. What is wrong with what could be read is told by ``NetworkCheck``.
    public internal(set) var findings: [Finding] = []

    init(name: String) { self.name = name }

    /// The network of files on top of another one, as it would be after being entered on a day. What the rules refuse is
    /// left out; ``NetworkCheck`` tells it.
    public static func network(of files: [NetworkFile], on day: CivilDate, above base: Network = Network()) -> Network {
        var network = base
        for officer in files.flatMap(\.officers) {
            let code = officer.entry.officer
            let wish = CaseFlow.Officer.Wish.enter(from: officer.entry.from, on: day)
            let state = network.officers[code] ?? CaseFlow.Officer.initial
            for event in (try? CaseFlow.Officer.decide(.checking(wish), state)) ?? [] { network.take(event, of: code) }
        }
        for unit in files.flatMap(\.units) {
            let code = unit.entry.profile.code
            let wish = NetworkUnit.Wish.enter(unit.entry, on: day)
            let state = network.units[code] ?? NetworkUnit.initial
            for event in (try? NetworkUnit.decide(.checking(wish), state)) ?? [] { network.take(event, of: code) }
        }
        return network
    }
}

extension Officer.Command {
    /// To see whether it would be taken: nothing of it is stored.
    static func checking(_ wish: Officer.Wish) -> Officer.Command {
        Officer.Command(wish, by: Actor(trusted: "check"), at: .earliest)
    }
}

extension NetworkUnit.Command {
    /// To see whether it would be taken: nothing of it is stored.
    static func checking(_ wish: NetworkUnit.Wish) -> NetworkUnit.Command {
        NetworkUnit.Command(wish, by: Actor(trusted: "check"), at: .earliest)
    }
}
