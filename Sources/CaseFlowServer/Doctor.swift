import EventStore
import Foundation
import PostgresClient
import PrivatePostgres

/// Looks an installation over and says what is wrong and how to mend it.
public struct Doctor: Sendable {
    /// One thing that was looked at.
    public struct Finding: Sendable, Codable, Hashable {
        /// How it is.
        public enum Level: String, Sendable, Codable {
            /// As it should be.
            case ok
            /// It works, but should be seen to.
            case warning
            /// It does not work.
            case problem
        }

        /// What was looked at.
        public let check: String
        /// How it is.
        public let level: Level
        /// What was found.
        public let found: String
        /// How to mend it; nil when there is nothing to mend.
        public let mend: String?
    }

    let installation: Installation

    /// A doctor for an installation.
    public init(_ installation: Installation) { self.installation = installation }

    /// Looks at everything; never throws: what cannot be looked at is a finding.
    public func examine() async -> [Finding] {
        var findings: [Finding] = []
        func note(_ check: String, _ level: Finding.Level, _ found: String, _ mend: String? = nil) {
            findings.append(Finding(check: check, level: level, found: found, mend: mend))
        }
        switch installation.place {
        case .own(let cluster):
            do {
                let words =
                    switch try await cluster.status() {
                    case .running(let pid, _, let version): "PostgreSQL \(version) runs, process \(pid)"
                    case .stopped: "stopped; this command starts it"
                    case .notInitialised: "there is none yet; this command makes it"
                    case .staleLock: "not running, with a lock left behind that the next start clears"
                    case .foreignVersion(let data, let installed):
                        "its data is of PostgreSQL \(data), installed is \(installed.joined(separator: ", "))"
                    }
                note("private PostgreSQL", .ok, "\(cluster.stateDirectory): \(words)")
            } catch {
                note("private PostgreSQL", .problem, "\(error)", "see the text; `caseflowd db status` looks again")
            }
        case .named(_, let by): note("named PostgreSQL", .ok, "given by \(by)")
        }
        let connections: Installation.Connections
        do {
            connections = try await installation.connections(checkingSchema: false)
        } catch {
            note("server", .problem, "\(error)", "start it, or correct how it is named")
            return findings
        }
        for (name, configuration, mend) in [
            ("login", connections.owner, "correct the address, the role or the password"),
            (
                "role caseflow_app", connections.work,
                "grant caseflow_app to the role that logs in; run `caseflowd migrate`"
            ),
            (
                "role caseflow_import", connections.importing,
                "grant caseflow_import to the role that logs in, if it imports"
            ),
        ] {
            do {
                let connection = try await PostgresConnection.connect(configuration)
                await connection.close()
                note(name, .ok, "a session opens")
            } catch {
                let said = (error as? PostgresError)?.serverMessage ?? "\(error)"
                note(name, name.hasSuffix("import") ? .warning : .problem, said, mend)
                if name == "login" { return findings }
            }
        }
        do {
            let connection = try await PostgresConnection.connect(connections.owner)
            findings += await examine(connection)
            if !findings.contains(where: { $0.check == "schema" && $0.level == .problem }) {
                findings += await examineVaults(connections.work)
                findings += await examineWorkers(connection)
            }
            await connection.close()
        } catch {
            note("server", .problem, "\(error)", "try again; if it stays so, read the server's log")
        }
        return findings
    }

    private func examine(_ connection: PostgresConnection) async -> [Finding] {
        var findings: [Finding] = []
        func note(_ check: String, _ level: Finding.Level, _ found: String, _ mend: String? = nil) {
            findings.append(Finding(check: check, level: level, found: found, mend: mend))
        }
        do {
            let version = await connection.serverVersion
            note(
                "server version",
                version >= 150_000 ? .ok : .problem,
                "\(version / 10000).\(version % 10000)",
                version >= 150_000 ? nil : "PostgreSQL 15 or later is needed"
            )
            do {
                try await Migrator().check(connection)
                note("schema", .ok, "up to date")
            } catch let problem as Migrator.Problem {
                let mend = if case .newer = problem { "install the newer program" } else { "run `caseflowd migrate`" }
                note("schema", .problem, "\(problem)", mend)
                return findings
            }
            let settings = try await connection.query(
                """
                SELECT name, setting FROM pg_settings
                WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'server_encoding')
                """
            )
            for row in settings {
                let name = try row.decode(0, as: String.self)
                let value = try row.decode(1, as: String.self)
                let good = name == "server_encoding" ? value == "UTF8" : value == "on"
                let mend =
                    "set \(name) = \(name == "server_encoding" ? "UTF8 (a new database)" : "on") in postgresql.conf"
                note("setting \(name)", good ? .ok : .problem, value, good ? nil : mend)
            }
            let clock = try await connection.query("SELECT extract(epoch FROM clock_timestamp())::double precision")
            let difference = abs(try clock[0].decode(0, as: Double.self) - Date().timeIntervalSince1970)
            note(
                "clocks",
                difference < 1 ? .ok : difference < 5 ? .warning : .problem,
                "this machine and the server differ by \((difference * 1000).rounded() / 1000) s",
                difference < 1 ? nil : "set both by NTP; appends are refused from 5 s on"
            )
            let played = try await LogInformation.all(connection).filter(\.isSimulation).map(\.log)
            if !played.isEmpty {
                note("simulations", .ok, "nothing in these logs has happened: \(played.joined(separator: ", "))")
            }
            let owners = try await connection.query(
                """
                SELECT count(*) FROM pg_class
                WHERE relnamespace = 'caseflow'::regnamespace AND pg_get_userbyid(relowner) <> 'caseflow_owner'
                """
            )
            let strangers = try owners[0].decode(0, as: Int.self)
            note(
                "ownership",
                strangers == 0 ? .ok : .problem,
                strangers == 0 ? "all tables belong to caseflow_owner" : "\(strangers) tables belong to others",
                strangers == 0 ? nil : "ALTER TABLE … OWNER TO caseflow_owner"
            )
            let triggers = try await connection.query(
                """
                SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('caseflow.events'::regclass, 'caseflow.batches'::regclass,
                       'caseflow.requests'::regclass, 'caseflow.streams'::regclass, 'caseflow.logs'::regclass)
                   AND NOT tgisinternal AND tgenabled = 'A'
                """
            )
            let armed = try triggers[0].decode(0, as: Int.self)
            note(
                "append-only",
                armed == 11 ? .ok : .problem,
                "\(armed) of 11 triggers are armed",
                armed == 11
                    ? nil
                    : "ALTER TABLE … ENABLE ALWAYS TRIGGER … for those of schema/tables/append_only.sql, then `caseflowd log verify`"
            )
        } catch {
            note("server", .problem, "\(error)", "try again; if it stays so, read the server's log")
        }
        return findings
    }
}
