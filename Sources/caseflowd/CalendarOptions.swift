import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Calendars for a question: those that come with the program, or with `--log` those of a log as well.
struct BookOptions: ParsableArguments {
    @Option(help: "Use the calendars of this log, too. Default: CASEFLOW_LOG, else only those of the program.")
    var log: String?

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard let log else { return }
        do { _ = try LogID(log) } catch { throw ValidationError("--log: \(error)") }
    }

    /// The log that is asked; nil for none.
    var named: String? {
        log ?? ProcessInfo.processInfo.environment["CASEFLOW_LOG"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Loads the calendars. Connects only when a log is named.
    func book(zone: TimeZone?) async throws -> CalendarBook {
        guard let named else { return try CalendarBook(zone: zone ?? CalendarDefaults.zone) }
        let eventLog = try await database.installation().log(named)
        do {
            let book = try await CalendarDefaults.book(of: eventLog)
            await eventLog.close()
            return book
        } catch {
            await eventLog.close()
            throw error
        }
    }
}

/// What calendar commands take for granted.
enum CalendarDefaults {
    /// Days of notices begin here where no log says otherwise.
    static var zone: TimeZone { TimeZone(identifier: "Asia/Shanghai") ?? .gmt }

    /// The calendars of a log, in the log's zone.
    static func book(of eventLog: EventLog) async throws -> CalendarBook {
        let information = try await LogInformation.of(eventLog)
        return try await CalendarBook.load(eventLog, zone: TimeZone(identifier: information.timeZone) ?? .gmt)
    }

    /// Who enters or confirms: what was given, CASEFLOW_ACTOR, or the account of this shell.
    static func actor(_ given: String?) throws -> Actor {
        let environment = ProcessInfo.processInfo.environment["CASEFLOW_ACTOR"].flatMap { $0.isEmpty ? nil : $0 }
        let text = given ?? environment ?? "officer/\(NSUserName())"
        let actor: Actor
        do { actor = try Actor(text) } catch { throw WrongCall(description: "--actor: \(error)") }
        guard !actor.isImport else {
            throw WrongCall(description: "--actor: \(text) marks an import; name the officer, for example officer/17")
        }
        return actor
    }

    /// A date, or a wrong call that names the option.
    static func date(_ text: String, _ option: String) throws -> CivilDate {
        do { return try CivilDate(text) } catch { throw ValidationError("\(option): \(error)") }
    }

    /// `2026-02-15` or `2026-02-15..2026-02-23`.
    static func dates(_ text: String, _ option: String) throws -> [CivilDate] {
        let parts = text.split(separator: "..", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count) else { throw ValidationError("\(option): write 2026-02-15..2026-02-23") }
        let first = try date(parts[0], option)
        let last = try date(parts[parts.count - 1], option)
        guard (0...366).contains(first.days(to: last)) else {
            throw ValidationError("\(option): \(text) is not a range of days in order, of a year at most")
        }
        return (0...first.days(to: last)).compactMap { first.adding(days: $0) }
    }

    /// The text of a file, or of standard input for `-`.
    static func text(ofFile path: String) throws -> String {
        let data: Data
        do {
            data =
                path == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data()
                : try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw FileProblem(description: "\(path): it cannot be read; is it there, a file, and yours to read?")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw FileProblem(description: "\(path): it is not UTF-8; save it as UTF-8")
        }
        return text
    }
}

/// A file that cannot be used, with the line where there is one.
struct FileProblem: Error, CustomStringConvertible {
    let description: String
}

/// How a calendar file is told to be read.
struct CalendarFileOptions: ParsableArguments {
    @Option(help: "The calendar's name. Default: what the file says, else cn.")
    var code: String?

    @Option(help: "The year that the file publishes; default: what the file says, or the one year of its days.")
    var year: Int?

    @Option(help: "The number of the notice.")
    var notice: String?

    @Flag(help: "The publisher gives its notices no number.")
    var noNotice = false

    @Option(help: "The date of the notice, YYYY-MM-DD. Default: what the file says, else today.")
    var on: String?

    @Option(help: "text, json, csv or ics; default: by the file's name, else by its beginning.")
    var format: CalendarFile.Form?

    func validate() throws {
        if let year, !(1...9999).contains(year) { throw ValidationError("--year: give a year from 1 to 9999") }
        if noNotice, notice != nil { throw ValidationError("give --notice or --no-notice, not both") }
        if let on { _ = try CalendarDefaults.date(on, "--on") }
        if let code { do { _ = try CalendarStream.of(code) } catch { throw ValidationError("--code: \(error)") } }
    }

    /// Reads a file; its remarks go to standard error.
    func read(_ path: String, isAmendment: Bool = false) throws -> CalendarFile {
        let now = RecordingClock.system.now()
        guard let today = Moment.day(of: now, in: CalendarDefaults.zone) else {
            throw WrongCall(description: "this machine's clock is out of range")
        }
        var told = CalendarFile.Told(today: today)
        told.year = year
        told.notice = notice
        told.hasNoNotice = noNotice
        told.knownSince = try on.map { try CalendarDefaults.date($0, "--on") }
        told.isAmendment = isAmendment
        let text = try CalendarDefaults.text(ofFile: path)
        let file: CalendarFile
        do {
            file = try CalendarFile(text, form: format ?? CalendarFile.form(ofFile: path), told: told)
        } catch {
            throw FileProblem(description: "\(path): \(error)")
        }
        if let said = file.code, let code, said != code {
            throw WrongCall(
                description: "\(path) is of calendar \(said), not of \(code); leave --code away or correct it"
            )
        }
        for remark in file.remarks { Terminal.note("\(path): \(remark)") }
        return file
    }

    /// The calendar that a file belongs to.
    func code(of file: CalendarFile?) throws -> String {
        let code = code ?? file?.code ?? "cn"
        do { _ = try CalendarStream.of(code) } catch { throw WrongCall(description: "\(error)") }
        return code
    }
}

extension CalendarFile.Form: ExpressibleByArgument {}
extension Language: ExpressibleByArgument {}
