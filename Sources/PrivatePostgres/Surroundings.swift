import Foundation

/// The process's environment, as far as this library reads it, and the environment its programs get.
struct Surroundings: Sendable {
    let variables: [String: String]

    /// The value of a variable, nil when it is not set or empty.
    subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// The directories of the PATH, and after them those where a system keeps its own programs.
    var path: [String] {
        let own = (self["PATH"] ?? "").split(separator: ":").map { String($0) }.filter { $0.hasPrefix("/") }
        let system = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        return own + system.filter { !own.contains($0) }
    }

    /// What every program gets: none of the caller's PG* variables, messages in English, times in UTC.
    var forPrograms: [String: String] {
        var result = ["PATH": path.joined(separator: ":"), "LC_ALL": "C", "TZ": "UTC"]
        result["LD_LIBRARY_PATH"] = self["LD_LIBRARY_PATH"]
        return result
    }

    /// The absolute path of a program on the PATH, nil if there is none.
    func find(_ program: String) -> String? {
        path.map { $0.appendingComponent(program) }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The absolute path of a program on the PATH.
    ///
    /// - Throws: `PrivateClusterError.missingProgram`.
    func require(_ program: String, to purpose: String) throws -> String {
        guard let found = find(program) else {
            throw PrivateClusterError.missingProgram(name: program, purpose: purpose)
        }
        return found
    }

    /// A command under our own account.
    func command(_ words: [String]) -> Command {
        Command(words: words, environment: forPrograms)
    }
}
