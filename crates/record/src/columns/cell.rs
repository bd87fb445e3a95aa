//! The values that columns are made of.

/// A value that may be null, with a bit pattern that tells it from all others of its type.
pub(crate) trait Cell: Copy {
    /// What stands for null in a nullable column.
    const NULL: Self;
    /// Whether the value stands for null.
    fn is_null(self) -> bool;
    /// Its pattern.
    fn pattern(self) -> u64;
    /// The value of a pattern.
    fn of_pattern(pattern: u64) -> Self;
}

impl Cell for u16 {
    const NULL: Self = Self::MAX;
    fn is_null(self) -> bool {
        self == Self::NULL
    }
    fn pattern(self) -> u64 {
        u64::from(self)
    }
    fn of_pattern(pattern: u64) -> Self {
        pattern as Self
    }
}

impl Cell for u32 {
    const NULL: Self = Self::MAX;
    fn is_null(self) -> bool {
        self == Self::NULL
    }
    fn pattern(self) -> u64 {
        u64::from(self)
    }
    fn of_pattern(pattern: u64) -> Self {
        pattern as Self
    }
}

impl Cell for i32 {
    const NULL: Self = Self::MIN;
    fn is_null(self) -> bool {
        self == Self::NULL
    }
    fn pattern(self) -> u64 {
        u64::from(self as u32)
    }
    fn of_pattern(pattern: u64) -> Self {
        pattern as u32 as Self
    }
}

impl Cell for i64 {
    const NULL: Self = Self::MIN;
    fn is_null(self) -> bool {
        self == Self::NULL
    }
    fn pattern(self) -> u64 {
        self as u64
    }
    fn of_pattern(pattern: u64) -> Self {
        pattern as Self
    }
}

impl Cell for f64 {
    const NULL: Self = Self::NAN;
    fn is_null(self) -> bool {
        self.is_nan()
    }
    fn pattern(self) -> u64 {
        self.to_bits()
    }
    fn of_pattern(pattern: u64) -> Self {
        Self::from_bits(pattern)
    }
}
