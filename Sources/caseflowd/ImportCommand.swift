import ArgumentParser

/// Brings records of other systems in.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring the records of another system into a log. Repeating an import adds nothing.",
        subcommands: [ImportXESCommand.self, ImportCSVCommand.self]
    )
}
