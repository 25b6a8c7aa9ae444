//! How the sender of a webhook proves itself: a signature over the body (HMAC, RFC 2104), or the secret itself.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use matoi_core::intake::mapping::{Signature, SignatureAlgorithm, SignatureEncoding};
use sha2::{Digest as _, Sha256, Sha512};

/// The header in which a secret is sent.
pub(super) const SECRET_HEADER: &str = "x-matoi-secret";

/// Whether a request bears the signature that the mapping demands, made with this secret.
pub(super) fn is_signed(signature: &Signature, secret: &[u8], headers: &HeaderMap, body: &[u8]) -> bool {
    let given = headers
        .get(&signature.header)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().strip_prefix(&signature.prefix))
        .and_then(|text| decode(text, signature.encoding));
    let Some(given) = given else { return false };
    match signature.algorithm {
        SignatureAlgorithm::Sha256 => Hmac::<Sha256>::new_from_slice(secret)
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok()),
        SignatureAlgorithm::Sha512 => Hmac::<Sha512>::new_from_slice(secret)
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok()),
    }
}

/// Whether a request bears the secret itself: in `X-Matoi-Secret`, as bearer token, or as the password of basic authentication.
pub(super) fn is_borne(secret: &[u8], headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = text(header::AUTHORIZATION.as_str());
    let bearer = authorization
        .and_then(|value| scheme(value, "bearer"))
        .map(str::to_owned);
    let basic = authorization
        .and_then(|value| scheme(value, "basic"))
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .and_then(|pair| String::from_utf8(pair).ok())
        .and_then(|pair| pair.split_once(':').map(|(_, password)| password.to_owned()));
    let plain = text(SECRET_HEADER).map(|value| value.trim().to_owned());
    // Digests are compared, so that the time it takes says nothing of the secret.
    let expected = Sha256::digest(secret);
    [plain, bearer, basic]
        .into_iter()
        .flatten()
        .any(|given| Sha256::digest(given.as_bytes()) == expected)
}

fn scheme<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let (scheme, rest) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case(name).then_some(rest.trim())
}

fn decode(text: &str, encoding: SignatureEncoding) -> Option<Vec<u8>> {
    match encoding {
        SignatureEncoding::Base64 => STANDARD.decode(text).ok(),
        SignatureEncoding::Hex if text.len().is_multiple_of(2) && text.is_ascii() => (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
            .collect(),
        SignatureEncoding::Hex => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4231, test case 2.
    const KEY: &[u8] = b"Jefe";
    const DATA: &[u8] = b"what do ya want for nothing?";
    const SHA256: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    fn signed(prefix: &str, header: &str, body: &[u8], secret: &[u8]) -> bool {
        let signature = Signature {
            header: "X-Signature".to_owned(),
            prefix: prefix.to_owned(),
            encoding: SignatureEncoding::Hex,
            algorithm: SignatureAlgorithm::Sha256,
        };
        let mut headers = HeaderMap::new();
        headers.insert("x-signature", header.parse().unwrap());
        is_signed(&signature, secret, &headers, body)
    }

    #[test]
    fn only_the_right_signature_passes() {
        assert!(signed("", SHA256, DATA, KEY));
        assert!(signed("sha256=", &format!("sha256={SHA256}"), DATA, KEY));
        for (prefix, header, body, key) in [
            ("", SHA256, b"other".as_slice(), KEY),
            ("", SHA256, DATA, b"other".as_slice()),
            ("sha256=", SHA256, DATA, KEY),
            ("", "", DATA, KEY),
            ("", "zz", DATA, KEY),
            ("", &SHA256[..62], DATA, KEY),
            ("", "é", DATA, KEY),
        ] {
            assert!(!signed(prefix, header, body, key), "{header}");
        }
    }

    #[test]
    fn the_secret_is_taken_in_any_of_three_places() {
        let borne = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            is_borne(b"whs_secret", &headers)
        };
        assert!(borne("x-matoi-secret", "whs_secret"));
        assert!(borne("authorization", "Bearer whs_secret"));
        assert!(borne(
            "authorization",
            &format!("basic {}", STANDARD.encode("anybody:whs_secret"))
        ));
        for (name, value) in [
            ("x-matoi-secret", "whs_secre"),
            ("x-matoi-secret", ""),
            ("authorization", "whs_secret"),
            ("authorization", "Bearer other"),
            ("authorization", "Basic whs_secret"),
            ("x-other", "whs_secret"),
        ] {
            assert!(!borne(name, value), "{name}: {value}");
        }
    }
}
