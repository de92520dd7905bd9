import Foundation
import Glibc

/// Which processes of the machine are PostgreSQL servers on one data directory.
///
/// A server works in its data directory, so the kernel itself says to which cluster a process belongs; a number in a
/// lock file proves nothing, for numbers are used again. Directories are compared by the identity of a file in them:
/// the same directory may have another path for the server, through a mount.
struct ServerProcesses: Sendable {
    let dataDirectory: String
    let account: ServerAccount
    let surroundings: Surroundings

    /// What is known about one process.
    enum Verdict: Sendable, Equatable {
        case server
        case other
        /// It runs, under the server's account, and the system hides where it works.
        case hidden
    }

    /// The processes that run on the data directory: the postmaster and its children, also those that outlived it.
    func all() async throws -> [Int32] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        var result: [Int32] = []
        for pid in entries.compactMap({ Int32($0) }) where try await verdict(on: pid) == .server {
            result.append(pid)
        }
        return result.sorted()
    }

    /// Judges one process.
    func verdict(on pid: Int32) async throws -> Verdict {
        let name = FileFacts.text(of: "/proc/\(pid)/comm") ?? ""
        guard name.hasPrefix("postgres") || name.hasPrefix("postmaster") else { return .other }
        guard let identity = FileFacts(dataDirectory + "/PG_VERSION")?.identity else { return .other }
        let place = "/proc/\(pid)/cwd"
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) != nil {
            return FileFacts(place + "/PG_VERSION")?.identity == identity ? .server : .other
        }
        // Out of our sight: somebody else's, or a zombie, or we are a root without the right to look at others.
        guard FileFacts("/proc/\(pid)")?.owner == account.uid, !isZombie(pid) else { return .other }
        guard !account.prefix.isEmpty else { return .hidden }
        let answer = try await account.script(
            #"readlink "$1" > /dev/null || exit 3; stat -c %d:%i "$1/PG_VERSION""#,
            [place],
            surroundings
        ).run(timeout: .seconds(60))
        if answer.status == 3, Self.exists(pid), !isZombie(pid) { return .hidden }
        return answer.output == identity ? .server : .other
    }

    /// Whether the number is in use, be it by a process that only waits to be reaped.
    static func exists(_ pid: Int32) -> Bool {
        kill(pid, 0) == 0 || errno == EPERM
    }

    /// The state is the first letter after the name, which stands in parentheses and may hold anything.
    private func isZombie(_ pid: Int32) -> Bool {
        guard let line = FileFacts.text(of: "/proc/\(pid)/stat"), let end = line.lastIndex(of: ")") else { return true }
        return line[end...].dropFirst(2).first == "Z"
    }
}
