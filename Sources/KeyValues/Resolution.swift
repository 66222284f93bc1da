/// Where a look-up ends after links were followed.
public enum Resolution: Equatable, Sendable {
  /// - key: where the last link led; the asked key when there was none.
  /// - lookup: never a link, unless the last one was not to be followed and stands at `key`.
  case found(key: Key, Lookup)
  /// A link leads to `key` of another namespace: the caller decides who may go there.
  case leaves(to: NamespaceName, key: Key)
}

/// Why links cannot be followed.
public enum ResolutionError: Error, Equatable, Sendable {
  /// More than `KeyValueLimits.followedLinks`, a loop mostly.
  case tooManyLinks
  /// A link's target and the rest of the key exceed the limits of keys.
  case keyTooLong
}
