import EventStore

/// Why the vault does not do what is asked. Never holds personal data or keys.
public enum VaultProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The vault of the log goes by another master key.
    case otherMasterKey(LogID, needs: String, given: String)
    /// The vault knows no such subject, and none was erased.
    case noSuchSubject(SubjectID, LogID)
    /// The subject that was named has another number, or the number is another subject's.
    case otherNumber(SubjectID)
    /// A box cannot be opened with the subject's key: it is damaged, or of another log or subject.
    case damaged(SubjectID)
    /// A subject's key cannot be unwrapped although the master key is the right one.
    case damagedKey(SubjectID)
    /// Other writers were faster every time.
    case contention(tries: Int)

    /// What was wrong and what to do.
    public var description: String {
        switch self {
        case .otherMasterKey(let log, let needs, let given):
            "the vault of log \(log) goes by the master key \(needs), this is \(given): name the right file by "
                + "CASEFLOW_VAULT_KEY_FILE (after `vault rotate` that is the new one)"
        case .noSuchSubject(let subject, let log):
            "the vault of log \(log) has no subject \(subject); is it the right log?"
        case .otherNumber(let subject):
            "subject \(subject) and this number do not belong together: leave the subject's id away, and the number finds its own"
        case .damaged(let subject):
            "a box of subject \(subject) cannot be opened: it was changed, or belongs to another log; run `log verify`"
        case .damagedKey(let subject):
            "the key of subject \(subject) was changed in the database: bring the row of caseflow.vault_keys back from a backup"
        case .contention(let tries): "others changed the same subjects each of \(tries) times: try again later"
        }
    }
}
