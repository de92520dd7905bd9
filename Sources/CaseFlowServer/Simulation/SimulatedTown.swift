import CaseFlow
import EventStore
import Foundation
import Logging
import PostgresClient
import WorkingTime

/// A town that can be played: its profile, its network and its catalogue, read and checked.
public struct SimulatedTown: Sendable {
    /// How the town works.
    public let profile: TownProfile
    /// Its units, posts and officers.
    public let network: NetworkFile
    /// Its items.
    public let catalogue: CatalogueFile
    /// The profile's file.
    public let file: String

    /// Why a town cannot be had.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        /// What is wrong, in which file and on which line, and what to do; perhaps several lines.
        public let description: String
    }

    /// The towns that come with the project, in the order in which they are played.
    public static let names = ["guanyi", "puan", "langchenggang", "jinjie"]
    /// The variable that names the folder of towns.
    public static let folderVariable = "CASEFLOW_TOWNSHIPS"

    /// Reads a town: `guanyi` for one of the folder of towns, or a profile's file. The folder is what CASEFLOW_TOWNSHIPS
    /// names, else examples/townships in the working directory or above the program. Errors: ``Problem``.
    public static func named(
        _ name: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Problem) -> SimulatedTown {
        if name.hasSuffix(".yaml") || name.contains("/") { return try read(name) }
        let manager = FileManager.default
        var folders: [String] = []
        if let folder = environment[folderVariable], !folder.isEmpty {
            folders = [folder]
        } else {
            folders = ["examples/townships"]
            var above = Bundle.main.bundleURL.resolvingSymlinksInPath()
            for _ in 0..<6 {
                folders.append(above.appendingPathComponent("examples/townships").path)
                above.deleteLastPathComponent()
            }
        }
        for folder in folders where manager.fileExists(atPath: "\(folder)/\(name)/profile.yaml") {
            return try read("\(folder)/\(name)/profile.yaml")
        }
        throw Problem(
            description:
                "there is no town '\(name)' in \(folders[0]); the project brings \(names.joined(separator: ", ")); "
                + "name a profile.yaml, or the folder of towns by \(folderVariable)"
        )
    }

    /// Reads a profile, and the network and the catalogue that it names, and checks all of them. Errors: ``Problem``.
    public static func read(_ path: String) throws(Problem) -> SimulatedTown {
        let profile: TownProfile
        switch TownProfile.read(yaml: try text(path), file: path) {
        case .success(let read): profile = read
        case .failure(let faults): throw Problem(description: faults.description)
        }
        let folder = (path as NSString).deletingLastPathComponent
        func beside(_ name: String) -> String { folder.isEmpty || name.hasPrefix("/") ? name : "\(folder)/\(name)" }
        let network = NetworkFile(yaml: try text(beside(profile.network)), file: beside(profile.network))
        let catalogue = CatalogueFile(yaml: try text(beside(profile.catalogue)), file: beside(profile.catalogue))
        // Checked for a day on which the file's own beginnings are over.
        let day = network.from ?? .first
        var faults = NetworkCheck(on: day).findings(in: [network]).filter { !$0.isRemark }.map(\.description)
        do {
            let check = try ItemCheck.shipped(network: NetworkFile.network(of: [network], on: day).on(day))
            faults += CatalogueFile.findings(in: [catalogue], check).filter { !$0.isRemark }.map(\.description)
        } catch {
            throw Problem(description: "\(error)")
        }
        if !faults.isEmpty { throw Problem(description: faults.joined(separator: "\n")) }
        return SimulatedTown(profile: profile, network: network, catalogue: catalogue, file: path)
    }

    private static func text(_ path: String) throws(Problem) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Problem(description: "\(path): it cannot be read; is it there, a file, and yours to read?")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw Problem(description: "\(path): it is not UTF-8; save it as UTF-8")
        }
        return text
    }

    // MARK: Playing

    /// A log that is a simulation, created if there is none of its name. It is not forced to disk with every event: what a
    /// crash loses is played again from the seed.
    public static func log(
        _ name: LogID,
        work: PostgresConfiguration,
        zone: String,
        clock: SimulatedClock
    ) async throws -> EventLog {
        var settings = EventLog.Settings()
        settings.clock = clock.recording
        settings.sessions = 3
        settings.cachedHeads = 4000
        var logger = Logger(label: "caseflow.simulation")
        logger.logLevel = .warning
        let log = EventLog(
            name,
            work: work.setting("synchronous_commit", "off"),
            settings: settings,
            logger: logger
        )
        do {
            try await log.create(timeZone: zone)
            let known = try await LogInformation.of(log)
            if !known.isSimulation {
                throw Problem(
                    description: "log \(name) is a real one: a simulation is played in a log of its own; name another"
                )
            }
            if known.events > 0 {
                throw Problem(
                    description:
                        "log \(name) holds a simulation of \(known.events) events already; name another by --log"
                )
            }
            return log
        } catch {
            await log.close()
            throw error
        }
    }

    /// The clock of a simulation that begins on a day.
    public func clock(from day: CivilDate) throws(Problem) -> SimulatedClock {
        guard let zone = TimeZone(identifier: profile.zone), let start = SimulatedClock.start(of: day, in: zone) else {
            throw Problem(description: "\(file): the time zone '\(profile.zone)' is not known; give an IANA name")
        }
        return SimulatedClock(start)
    }

    /// Plays the town in a log of an installation.
    /// - Parameters:
    ///   - progress: days played, and days in all.
    ///   - played: called when the last day is over, before the result is computed, with the events that there are.
    public func play(
        on installation: Installation,
        log name: LogID,
        options: TownSimulation.Options,
        progress: @escaping @Sendable (Int, Int) -> Void,
        played: @escaping @Sendable (Int64) -> Void = { _ in }
    ) async throws -> SimulationResult {
        let clock = try clock(from: options.from)
        let connections = try await installation.connections()
        let log = try await Self.log(name, work: connections.work, zone: profile.zone, clock: clock)
        do {
            let random = SimulatedSource(seed: options.seed, of: "vault").vault
            let vault = try await installation.vault(of: log, random: random, clock: clock.recording)
            let simulation = try await TownSimulation(
                profile,
                network: network,
                catalogue: catalogue,
                on: log,
                vault: vault,
                clock: clock,
                options: options,
                progress: progress
            )
            try await simulation.run()
            played(try await log.head())
            let result = try await simulation.result()
            await log.close()
            return result
        } catch {
            await log.close()
            throw error
        }
    }
}
