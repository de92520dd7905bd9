extension PrivateCluster {
    /// Decides which directory holds the private database; reads nothing but its arguments.
    ///
    /// The first that is given (and not empty) wins: `flag`; `CASEFLOW_STATE_DIR`; for root `/var/lib/caseflow`;
    /// `$XDG_STATE_HOME/caseflow` when that variable is an absolute path, as its specification asks;
    /// `<home>/.local/state/caseflow`.
    ///
    /// - Parameters:
    ///   - flag: what the user wrote on the command line, or nil.
    ///   - environment: the process's environment.
    ///   - isRoot: whether the process runs as root.
    ///   - home: the user's home directory, absolute.
    public static func stateDirectory(
        flag: String?,
        environment: [String: String],
        isRoot: Bool,
        home: String
    ) -> String {
        if let flag, !flag.isEmpty { return flag }
        if let named = environment["CASEFLOW_STATE_DIR"], !named.isEmpty { return named }
        if isRoot { return "/var/lib/caseflow" }
        if let base = environment["XDG_STATE_HOME"], base.hasPrefix("/") { return base.appendingComponent("caseflow") }
        return home.appendingComponent(".local/state/caseflow")
    }
}

extension String {
    /// The path of `name` inside the directory that `self` names.
    func appendingComponent(_ name: String) -> String {
        hasSuffix("/") ? self + name : self + "/" + name
    }
}
