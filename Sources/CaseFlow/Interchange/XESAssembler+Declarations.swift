/// The declarations at the head of a log (IEEE 1849-2016, 5.6 and 6).
extension XESAssembler {
    mutating func takeExtension(_ attributes: [XMLAttribute], _ line: Int) throws {
        skipping = 1
        if headerIsOut { return try reportLate("extension", line) }
        let values = ["name", "prefix", "uri"].map { name in attributes.first { $0.name == name }?.value }
        guard let name = values[0], let prefix = values[1], let uri = values[2] else {
            return try report(line, "<extension> lacks name, prefix or uri", "the declaration is skipped")
        }
        let restores = options.restoresEscapedKeys
        header.extensions.append(
            XESExtension(
                name: restores ? XESNames.restored(name) : name,
                prefix: restores ? XESNames.restored(prefix) : prefix,
                uri: uri
            )
        )
    }

    mutating func takeClassifier(_ attributes: [XMLAttribute], _ line: Int) throws {
        skipping = 1
        if headerIsOut { return try reportLate("classifier", line) }
        let values = ["name", "keys"].map { name in attributes.first { $0.name == name }?.value }
        guard let name = values[0], let keys = values[1] else {
            return try report(line, "<classifier> lacks name or keys", "the declaration is skipped")
        }
        let restores = options.restoresEscapedKeys
        header.classifiers.append(
            XESClassifier(
                name: restores ? XESNames.restored(name) : name,
                scope: attributes.first { $0.name == "scope" }?.value,
                keys: restores ? XESNames.restoredKeys(keys) : keys
            )
        )
    }
}
