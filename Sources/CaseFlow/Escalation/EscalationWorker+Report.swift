extension EscalationWorker {
    /// What a worker tells of its work while it works, for those who measure it; see ``Settings/report``.
    public enum Report: Sendable, Hashable {
        /// A sweep is over. From the question for its first page until its last page was raised; waiting for the read tables
        /// and for other workers does not count.
        case swept(Duration)
        /// Rungs of one case were raised, by name.
        case raised([String])
        /// Lapses were recorded, by what they bring about.
        case lapsed([String])
        /// So many rungs were left: somebody else was faster, or the case had gone on.
        case left(Int)
        /// A rung or a lapse was set aside.
        case setAside
    }
}
