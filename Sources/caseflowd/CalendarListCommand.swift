import ArgumentParser
import CaseFlow
import EventStore
import WorkingTime

/// What there is of calendars, and since when it is known.
struct CalendarListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "All versions of the calendars: since when known, by which notice, who entered and who confirmed."
    )

    @Option(help: "Only this calendar.")
    var code: String?

    @OptionGroup var options: BookOptions

    private struct Version: Encodable {
        let version: Int
        /// RFC 3339, UTC.
        let knownSince: String
        let noticeDate, notice: String
        /// Nil for an amendment.
        let year: Int?
        /// `shipped`, `adopted` (it came with a later program than that with which the log was begun) or `log`.
        let source: String
        let entry: Int?
        let enteredBy, confirmedBy: String?
    }

    private struct Waiting: Encodable {
        let entry: Int
        let year: Int?
        let noticeDate, notice, enteredBy: String
    }

    private struct Adoption: Encodable {
        /// So many of the entries that come with the program, from the first on, and their SHA-256 in base64.
        let entries: Int
        let digest: String
        /// Since when: `notice` (the day of each notice) or `recording`.
        let known: String
        /// RFC 3339, UTC.
        let recordedAt: String
        let recordedBy: String
    }

    private struct Calendar: Encodable {
        let calendar: String
        let firstDay, horizon: String?
        let versions: [Version]
        let adoptions: [Adoption]
        /// Entries that the program ships and the log has not adopted yet.
        let outstanding: Int
        let waiting: [Waiting]
    }

    private struct Service: Encodable {
        let calendar: String
        /// The first day on which the hours hold; nil for all days.
        let from: String?
        let knownSince, setBy: String
    }

    private struct Answer: Encodable {
        let calendars: [Calendar]
        let services: [Service]
    }

    func run() async throws {
        let book = try await options.book(zone: nil)
        let all = Set(book.codes + book.waiting.keys + book.outstanding.keys).sorted()
        let codes = code.map { code in all.filter { $0 == code } } ?? all
        let services = book.serviceCodes.filter { code == nil || $0 == code }
        if let code, codes.isEmpty, services.isEmpty {
            throw WrongCall(description: "there is no calendar \"\(code)\", only: \(all.joined(separator: ", "))")
        }
        let calendars = codes.map { Self.calendar($0, book) }
        let answer = Answer(
            calendars: calendars,
            services: services.flatMap { code in
                book.serviceVersions(code).map {
                    Service(
                        calendar: code,
                        from: $0.from?.description,
                        knownSince: $0.knownSince.description,
                        setBy: $0.setBy.rawValue
                    )
                }
            }
        )
        if options.database.json { return try Terminal.json(answer) }
        Terminal.table(
            ["calendar", "version", "what", "notice of", "known since (UTC)", "entered by", "confirmed by", "notice"],
            calendars.flatMap { calendar in
                calendar.versions.map { Self.row(calendar.calendar, $0) }
                    + calendar.waiting.map { Self.row(calendar.calendar, $0) }
            }
        )
        for calendar in calendars {
            for adoption in calendar.adoptions {
                let known = adoption.known == "notice" ? "known since their notices" : "the new ones known since then"
                print(
                    "\(calendar.calendar): \(adoption.entries) shipped entries adopted at \(adoption.recordedAt), \(known)"
                )
            }
            if calendar.outstanding > 0 {
                Terminal.note("caseflowd: \(Self.note(calendar.calendar, calendar.outstanding))")
            }
        }
        for service in answer.services {
            let days = service.from.map { "from \($0) on" } ?? "on all days"
            print("\(service.calendar): hours of service \(days), set by \(service.setBy) at \(service.knownSince)")
        }
    }

    /// What the log does not go by yet.
    static func note(_ code: String, _ count: Int) -> String {
        """
        calendar \(code): entries of this program that the log has not adopted yet: \(count). It adopts them when a command \
        records something, or by `caseflowd projection run`
        """
    }

    private static func row(_ code: String, _ version: Version) -> [String] {
        [
            code, String(version.version), version.year.map(String.init) ?? "amendment", version.noticeDate,
            String(version.knownSince.prefix(19)).replacing("T", with: " "), version.enteredBy ?? "(\(version.source))",
            version.confirmedBy ?? "(\(version.source))", version.notice,
        ]
    }

    private static func row(_ code: String, _ waiting: Waiting) -> [String] {
        [
            code, "-", waiting.year.map(String.init) ?? "amendment", waiting.noticeDate,
            "waits: entry \(waiting.entry)", waiting.enteredBy, "-", waiting.notice,
        ]
    }

    private static func calendar(_ code: String, _ book: CalendarBook) -> Calendar {
        let versions = book.versions(code)
        return Calendar(
            calendar: code,
            firstDay: versions.last?.calendar.firstDay.description,
            horizon: versions.last?.calendar.horizon.description,
            versions: versions.map {
                Version(
                    version: $0.number,
                    knownSince: $0.knownSince.description,
                    noticeDate: $0.noticeDate.description,
                    notice: $0.notice,
                    year: $0.year,
                    source: $0.entry != nil ? "log" : $0.isAdopted ? "adopted" : "shipped",
                    entry: $0.entry,
                    enteredBy: $0.enteredBy?.rawValue,
                    confirmedBy: $0.confirmedBy?.rawValue
                )
            },
            adoptions: (book.adoptions[code] ?? []).map {
                Adoption(
                    entries: $0.adoption.entries,
                    digest: $0.adoption.digest,
                    known: $0.adoption.known.rawValue,
                    recordedAt: $0.recordedAt.description,
                    recordedBy: $0.actor.rawValue
                )
            },
            outstanding: book.outstanding[code] ?? 0,
            waiting: (book.waiting[code] ?? []).map {
                Waiting(
                    entry: $0.entry.number,
                    year: $0.entry.year,
                    noticeDate: $0.entry.knownSince.description,
                    notice: $0.entry.notice,
                    enteredBy: $0.enteredBy.rawValue
                )
            }
        )
    }
}
