import ArgumentParser
import CaseFlowServer
import EventStore
import Foundation

/// Where the database is, and how to answer.
struct DatabaseOptions: ParsableArguments {
    @Option(help: "Where the private PostgreSQL lives. Default: CASEFLOW_STATE_DIR, else the XDG state directory.")
    var stateDir: String?

    @Option(name: .customLong("database-url"), help: "A PostgreSQL of your own; default CASEFLOW_DATABASE_URL, PG*.")
    var databaseURL: String?

    @Flag(help: "Answer in JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "Say nothing beside the answer.")
    var quiet = false

    func installation() throws -> Installation {
        let quiet = quiet
        return try Installation(stateDirectory: stateDir, databaseURL: databaseURL) { text in
            if !quiet { Terminal.note("caseflowd: \(text)") }
        }
    }
}

/// Which log.
struct LogOptions: ParsableArguments {
    @Option(help: "The log: one for each county. Default: CASEFLOW_LOG, else main.")
    var log: String = ProcessInfo.processInfo.environment["CASEFLOW_LOG"].flatMap { $0.isEmpty ? nil : $0 } ?? "main"

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        do { _ = try LogID(log) } catch { throw ValidationError("--log: \(error)") }
    }

    /// Opens the log, gives it to `body`, and ends its sessions. A log that is created or opened `toWrite` adopts what the
    /// program ships of calendars.
    func withLog<Result>(
        creating timeZone: String? = nil,
        toWrite: Bool = false,
        mayBeMissing: Bool = false,
        _ body: (EventLog) async throws -> Result
    ) async throws -> Result {
        let log = try await database.installation().log(
            log,
            creating: timeZone,
            toWrite: toWrite,
            mayBeMissing: mayBeMissing
        )
        if !database.quiet, !database.json, let known = try? await LogInformation.of(log), known.isSimulation {
            Terminal.note("caseflowd: log \(log.id) is a simulation: nothing of it has happened")
        }
        do {
            let result = try await body(log)
            await log.close()
            return result
        } catch {
            await log.close()
            throw error
        }
    }
}

/// A wrong call that showed only when the file or the log was looked at.
struct WrongCall: Error, CustomStringConvertible {
    let description: String
}

/// An IANA time zone.
func parseTimeZone(_ name: String) throws -> TimeZone {
    // Foundation takes abbreviations such as "CST", which mean different things to different people.
    guard name.contains("/") || ["UTC", "GMT"].contains(name), let zone = TimeZone(identifier: name) else {
        throw ValidationError(
            "'\(name)' is no time zone: give its IANA name, for example Asia/Shanghai or Europe/Amsterdam"
        )
    }
    return zone
}
