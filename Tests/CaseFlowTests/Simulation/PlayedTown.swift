import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import Support
import WorkingTime

/// A town that was played in a database of its own.
struct PlayedTown {
    let log: EventLog
    let vault: Vault
    let town: SimulatedTown
    let options: TownSimulation.Options
    let result: SimulationResult

    static func profile(_ name: String) throws -> SimulatedTown {
        try SimulatedTown.read(repositoryFile("examples/townships/\(name)/profile.yaml").path)
    }

    static func play(
        _ name: String,
        from first: String = "2026-03-02",
        days: Int,
        seed: UInt64 = 1,
        cases: Int? = nil,
        in database: TestDatabase? = nil,
        log logName: String = "played",
        changing change: (inout TownProfile) -> Void = { _ in }
    ) async throws -> PlayedTown {
        let town = try profile(name)
        var profile = town.profile
        change(&profile)
        let database = if let database { database } else { try await TestCluster.shared.database() }
        let options = TownSimulation.Options(from: try CivilDate(first), days: days, seed: seed, cases: cases)
        let clock = try town.clock(from: options.from)
        let log = try await SimulatedTown.log(
            try LogID(logName),
            work: database.configuration(),
            zone: profile.zone,
            clock: clock
        )
        let source = SimulatedSource(seed: seed, of: "vault")
        let vault = Vault(log, key: MasterKey(source.vault), random: source.vault, clock: clock.recording)
        let simulation = try await TownSimulation(
            profile,
            network: town.network,
            catalogue: town.catalogue,
            on: log,
            vault: vault,
            clock: clock,
            options: options
        )
        try await simulation.run()
        return PlayedTown(
            log: log,
            vault: vault,
            town: town,
            options: options,
            result: try await simulation.result()
        )
    }

    /// All leaves of the log, in order.
    func leaves() async throws -> [String] {
        var leaves: [String] = []
        for try await event in log.read() { leaves.append(event.leafText) }
        return leaves
    }

    func row(_ measure: SimulationMeasure) -> SimulationRow? { result.rows.first { $0.figure.measure == measure } }
}
