/// Keeps a value that few have, or that is large, behind one reference: a structure with many strings and arrays in it makes
/// every copy of what holds it retain each of them, and the compiler writes that out for each holder anew.
///
/// A value like any other all the same: what is set stands in a place of its own, and copies made before keep theirs.
@propertyWrapper
public struct Aside<Value: Sendable>: Sendable {
    @usableFromInline
    final class Place: Sendable {
        @usableFromInline let value: Value

        @usableFromInline
        init(_ value: Value) { self.value = value }
    }

    @usableFromInline var place: Place

    @inlinable
    public init(wrappedValue: Value) { place = Place(wrappedValue) }

    @inlinable
    public var wrappedValue: Value {
        get { place.value }
        set { place = Place(newValue) }
    }
}

extension Aside: Equatable where Value: Equatable {
    @inlinable
    public static func == (a: Self, b: Self) -> Bool { a.place === b.place || a.place.value == b.place.value }
}

extension Aside: Hashable where Value: Hashable {
    @inlinable
    public func hash(into hasher: inout Hasher) { hasher.combine(place.value) }
}

/// The same of what may be absent, which takes no place.
@propertyWrapper
public struct AsideIfAny<Value: Sendable>: Sendable {
    @usableFromInline var aside: Aside<Value>?

    @inlinable
    public init(wrappedValue: Value?) { aside = wrappedValue.map { Aside(wrappedValue: $0) } }

    @inlinable
    public var wrappedValue: Value? {
        get { aside?.wrappedValue }
        set { aside = newValue.map { Aside(wrappedValue: $0) } }
    }
}

extension AsideIfAny: Equatable where Value: Equatable {}
extension AsideIfAny: Hashable where Value: Hashable {}
