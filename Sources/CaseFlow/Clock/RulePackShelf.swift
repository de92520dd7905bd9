import Synchronization

/// Rule packs that were read once: a pinned pack never changes, so it need not be read for every command.
final class RulePackShelf: Sendable {
    private let folder: String?
    private let read = Mutex<(pinned: [String: RulePack], newest: [String: RulePack])>(([:], [:]))

    /// - Parameter folder: the centre's own packs.
    init(folder: String?) { self.folder = folder }

    /// The pack that a case is pinned to. Errors: ``RulePackLibrary/Problem``, ``YAMLProblem``.
    func pack(_ pin: Case.RulePin) throws -> RulePack {
        if let pack = read.withLock({ $0.pinned[pin.digest] }) { return pack }
        let pack = try RulePackLibrary.pack(pin, folder: folder)
        read.withLock { $0.pinned[pin.digest] = pack }
        return pack
    }

    /// The pack of a name that new cases go by, as it was when it was first asked for.
    func newest(_ name: String) throws -> RulePack {
        if let pack = read.withLock({ $0.newest[name] }) { return pack }
        let pack = try RulePackLibrary.newest(name, folder: folder)
        read.withLock { $0.newest[name] = pack }
        return pack
    }
}
