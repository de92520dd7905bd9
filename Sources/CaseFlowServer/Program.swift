/// The program as a whole.
public enum Program {
    /// Its version. There is no released one yet.
    public static let version = "unreleased"
}
