import CaseFlow
import EventStore
import Foundation

/// The projections of the house.
public enum Projections {
    /// All of them.
    public static let all: [any Projection] = [
        CaseOverview(), CaseCompliance(), clocks,
        InspectionProjection(packs: ownPacks, settings: inspection),
    ]

    /// What inspection is set to: CASEFLOW_IDLE_DAYS says after how many working days without a step a case is idle.
    private static let inspection: InspectionSettings = {
        var settings = InspectionSettings()
        let name = "CASEFLOW_IDLE_DAYS"
        guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return settings }
        if let days = Int(text), (1...250).contains(days) {
            settings.idleDays = days
        } else {
            let told = "caseflowd: \(name): '\(text)' is no number from 1 to 250; \(settings.idleDays) counts\n"
            FileHandle.standardError.write(Data(told.utf8))
        }
        return settings
    }()

    /// Clocks, tasks, what happens next by itself, and cards.
    public static let clocks = CaseClockProjection(packs: ownPacks)

    /// The centre's own rule packs: the files `*.yaml` of the folder that CASEFLOW_RULE_PACKS names. One that cannot be
    /// read is told and passed over: cases that go by it are set aside, with the reason.
    private static let ownPacks: [RulePack] = {
        guard let folder = ProcessInfo.processInfo.environment["CASEFLOW_RULE_PACKS"], !folder.isEmpty else {
            return []
        }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.sorted().compactMap { file in
            do {
                return try RulePackLibrary.pack("\(folder)/\(file)")
            } catch {
                let told = "caseflowd: CASEFLOW_RULE_PACKS: \(folder)/\(file) is passed over: \(error)\n"
                FileHandle.standardError.write(Data(told.utf8))
                return nil
            }
        }
    }()

    /// The names, for messages and completion.
    public static var names: [String] { all.map(\.name) }

    /// One by its name.
    public static func named(_ name: String) -> (any Projection)? { all.first { $0.name == name } }

    /// Takes in what the log holds now, so that a query that follows sees all of it.
    public static func catchUp(_ log: EventLog) async throws {
        for projection in all { try await ProjectionRunner(projection, on: log).catchUp() }
    }

    /// Keeps all of them up to date until the task is cancelled.
    public static func run(_ log: EventLog) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for projection in all { group.addTask { try await ProjectionRunner(projection, on: log).run() } }
            // The first that fails ends all, and is told: `waitForAll` would keep its error back while others run on.
            for try await _ in group {}
        }
    }
}
