import TransparencyLog
import WorkingTime

/// What a log has taken over of a calendar that comes with the program: so many entries of it, from the first on.
///
/// A log goes by what it has adopted, whatever a later program ships. So the same question has the same answer after an
/// upgrade.
public struct CalendarAdoption: Sendable, Hashable {
    /// Since when what is adopted is known.
    public enum Known: String, Sendable, Hashable {
        /// Each entry since the beginning of the day of its notice: what a log begins with.
        case notice
        /// Since the adoption was recorded: what a later program brought.
        case recording
    }

    /// How many entries of the shipped calendar, those included that were adopted before.
    public var entries: Int
    /// Their digest: ``CalendarHistory/digest(entries:)``.
    public var digest: String
    /// Since when those are known that were not adopted before.
    public var known: Known

    /// An adoption.
    public init(entries: Int, digest: String, known: Known) {
        self.entries = entries
        self.digest = digest
        self.known = known
    }
}

/// The log has adopted of a calendar what this program does not ship. Nothing is computed then.
public enum CalendarMismatch: Error, Sendable, Hashable, CustomStringConvertible {
    /// More than this program has: it is older than the one that recorded the adoption.
    case older(calendar: String, adopted: Int, shipped: Int)
    /// Something else.
    case other(calendar: String, adopted: Int)

    /// What was wrong and what to do.
    public var description: String {
        switch self {
        case .older(let calendar, let adopted, let shipped):
            """
            the log has adopted \(adopted) entries of the calendar \(calendar), and this program ships \(shipped): it is \
            older than the one that the log was used with last; use that one or a later one
            """
        case .other(let calendar, let adopted):
            """
            the \(adopted) entries of the calendar \(calendar) that the log has adopted are not those that this program \
            ships: its file \(calendar).calendar was changed; install the program again
            """
        }
    }
}

extension CalendarHistory {
    /// The history as it was after its first entries; all of it if there are not so many.
    public func prefix(_ count: Int) -> CalendarHistory {
        var history = CalendarHistory(code: code, week: week)
        // What could be appended once, in this order, can be again.
        for entry in entries.prefix(count) { try? history.append(entry) }
        return history
    }

    /// SHA-256, in base64, of all that the first entries say, with the calendar's name and week; nil if there are not so
    /// many. The form that is hashed never changes: logs hold digests of it.
    public func digest(entries count: Int) -> String? {
        guard (0...entries.count).contains(count) else { return nil }
        var lines = ["calendar \(code)", "week \(week)"]
        for entry in entries.prefix(count) {
            let what = entry.year.map { "publish \($0)" } ?? "amend"
            lines.append("\(what) on \(entry.knownSince) by \(entry.notice)")
            for change in entry.changes {
                switch change {
                case .exception(let day):
                    lines.append("\(day.kind == .holiday ? "off" : "work") \(day.date) \(day.name)")
                case .normal(let date): lines.append("normal \(date)")
                }
            }
        }
        return Digest.sha256(lines.flatMap { Array($0.utf8) + [0x0a] }).base64
    }

    /// Whether it holds what was adopted.
    func check(_ adoption: CalendarAdoption) throws(CalendarMismatch) {
        guard let digest = digest(entries: adoption.entries) else {
            throw .older(calendar: code, adopted: adoption.entries, shipped: entries.count)
        }
        guard digest == adoption.digest else { throw .other(calendar: code, adopted: adoption.entries) }
    }
}
