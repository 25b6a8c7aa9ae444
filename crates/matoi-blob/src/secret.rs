//! Bytes that are wiped when dropped and never printed, and the one derivation that makes them.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A key of `N` bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    pub(crate) fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// HKDF-SHA256 (RFC 5869) of `secret` with `salt`; `label` says what the result is for.
    ///
    /// `N` must not exceed 255 blocks of 32 bytes, which the few uses in this crate are far from.
    pub(crate) fn derive(salt: &[u8], secret: &[u8], label: &[u8]) -> Self {
        const { assert!(N <= 255 * 32) }
        let mut derived = Self([0; N]);
        #[expect(clippy::expect_used, reason = "the length is checked when this is compiled")]
        Hkdf::<Sha256>::new(Some(salt), secret)
            .expand(label, &mut derived.0)
            .expect("a permitted length");
        derived
    }

    pub(crate) fn bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret<{N}>(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_agrees_with_test_case_1_of_rfc_5869() {
        let salt: Vec<u8> = (0..=12).collect();
        let label: Vec<u8> = (0xf0..=0xf9).collect();
        let derived = Secret::<42>::derive(&salt, &[0x0b; 22], &label);
        assert_eq!(
            crate::hex::encode(derived.bytes()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }

    #[test]
    fn debug_shows_no_byte() {
        assert_eq!(format!("{:?}", Secret::new([7; 32])), "Secret<32>(not shown)");
    }
}
