//! Numbers that look random and are the same on every run.

/// A pseudo-random sequence (SplitMix64): fast, tiny, and the same for the same seed everywhere. Not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for the `index`-th thing of a kind, whatever was drawn before.
    #[must_use]
    pub fn of(seed: u64, kind: u64, index: u64) -> Self {
        let mut mix = Self(seed ^ kind.wrapping_mul(0xA24B_AED4_963E_E407));
        let base = mix.next();
        Self(base ^ index.wrapping_mul(0x9FB2_1C65_1E98_DF25))
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 when the limit is 0.
    pub const fn below(&mut self, limit: u64) -> u64 {
        ((self.next() as u128 * limit as u128) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Whether something happens that happens `per_mille` times in a thousand.
    pub const fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of a list; the default of an empty one.
    pub fn pick<T: Copy + Default>(&mut self, list: &[T]) -> T {
        let index = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list.get(index).copied().unwrap_or_default()
    }

    /// The index of one of several weights.
    pub fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        0
    }

    /// Ten bytes for an identifier.
    pub fn ten_bytes(&mut self) -> [u8; 10] {
        let (a, b) = (self.next().to_le_bytes(), self.next().to_le_bytes());
        let mut bytes = [0; 10];
        for (to, from) in bytes.iter_mut().zip(a.into_iter().chain(b)) {
            *to = from;
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence() {
        let draw = |mut r: Random| (0..5).map(|_| r.below(1000)).collect::<Vec<_>>();
        assert_eq!(draw(Random::of(1, 2, 3)), draw(Random::of(1, 2, 3)));
        assert_ne!(draw(Random::of(1, 2, 3)), draw(Random::of(1, 2, 4)));
    }

    #[test]
    fn weights_and_chances_are_kept() {
        let mut random = Random::new(7);
        let mut counts = [0; 3];
        for _ in 0..10_000 {
            counts[random.weighted(&[90, 9, 1])] += 1;
        }
        assert!(
            (8_800..9_200).contains(&counts[0]) && (50..150).contains(&counts[2]),
            "{counts:?}"
        );
        let hits = (0..10_000).filter(|_| random.chance(50)).count();
        assert!((400..600).contains(&hits), "{hits}");
    }
}
