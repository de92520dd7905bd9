import ArgumentParser

/// Looks after calendars.
struct CalendarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar",
        abstract: "Working days and hours of service: show, import, amend, confirm.",
        discussion: """
            China (cn) and England (gb-eng) come with the program. What a log adds is entered by one officer and takes \
            effect when a second one confirms it; nothing is ever deleted.
            """,
        subcommands: [
            CalendarShowCommand.self, CalendarListCommand.self, CalendarImportCommand.self, CalendarAmendCommand.self,
            CalendarConfirmCommand.self, CalendarDeleteCommand.self, CalendarHoursCommand.self,
        ]
    )
}
