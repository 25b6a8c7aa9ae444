//! `Authentication-Results` (RFC 8601): what a server found out about SPF, DKIM and DMARC.

use serde::{Deserialize, Serialize};

/// One field. It is worth believing only if `authserv_id` is one's own server and the field stands above the first hop that is
/// not; whoever sends the mail can write such a field too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticationResults {
    /// Server that speaks; Exchange Online leaves it out.
    pub authserv_id: Option<String>,
    /// What it says, in order.
    pub results: Vec<AuthenticationResult>,
}

/// The result of one method.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticationResult {
    /// Method in lower case: `spf`, `dkim`, `dmarc`, `arc`, `compauth` ...
    pub method: String,
    /// Result in lower case: `pass`, `fail`, `softfail`, `none`, `temperror` ...
    pub result: String,
    /// Stated reason.
    pub reason: Option<String>,
    /// Comment behind the result.
    pub comment: Option<String>,
    /// Properties such as `("smtp.mailfrom", "a.example")`, keys in lower case.
    pub properties: Vec<(String, String)>,
}

impl AuthenticationResults {
    /// The result of the first SPF check.
    #[must_use]
    pub fn spf(&self) -> Option<&AuthenticationResult> {
        self.of_method("spf").next()
    }

    /// The results of all DKIM signatures.
    pub fn dkim(&self) -> impl Iterator<Item = &AuthenticationResult> {
        self.of_method("dkim")
    }

    /// The result of the DMARC check.
    #[must_use]
    pub fn dmarc(&self) -> Option<&AuthenticationResult> {
        self.of_method("dmarc").next()
    }

    fn of_method<'a>(&'a self, method: &'a str) -> impl Iterator<Item = &'a AuthenticationResult> {
        self.results.iter().filter(move |result| result.method == method)
    }
}

const MAX_RESULTS: usize = 64;
const MAX_PROPERTIES: usize = 32;

/// Parses the text of one field.
pub(crate) fn parse(text: &str) -> AuthenticationResults {
    let mut found = AuthenticationResults::default();
    for (at, section) in split_outside(text, ';').into_iter().take(MAX_RESULTS).enumerate() {
        if let Some(result) = parse_result(&section) {
            found.results.push(result);
        } else if at == 0 {
            let id = super::params::strip_comments(&section);
            found.authserv_id = id
                .split_whitespace()
                .next()
                .map(|id| id.trim_matches('"').to_owned());
        }
    }
    found
}

/// `method/version=result (comment) reason="..." type.property=value ...`
fn parse_result(section: &str) -> Option<AuthenticationResult> {
    let mut result: Option<AuthenticationResult> = None;
    let mut comment = None;
    for word in split_outside(section, ' ') {
        if let Some(inside) = word.strip_prefix('(') {
            if result.is_some() && comment.is_none() {
                comment = Some(inside.trim_end_matches(')').trim().to_owned());
            }
            continue;
        }
        let Some((key, value)) = word.split_once('=') else {
            continue;
        };
        let value = value.trim_matches('"').to_owned();
        let Some(result) = &mut result else {
            let method = key.split('/').next().unwrap_or(key).trim().to_ascii_lowercase();
            if method.is_empty() || method.contains('.') {
                return None;
            }
            result = Some(AuthenticationResult {
                method,
                result: value.to_ascii_lowercase(),
                ..AuthenticationResult::default()
            });
            continue;
        };
        if key.eq_ignore_ascii_case("reason") {
            result.reason = Some(value);
        } else if result.properties.len() < MAX_PROPERTIES {
            result.properties.push((key.to_ascii_lowercase(), value));
        }
    }
    if let Some(result) = &mut result {
        result.comment = comment;
    }
    result
}

/// Splits at `separator` (a space stands for any white space) outside quotes and comments; a comment is a piece of its own when
/// splitting at spaces.
fn split_outside(text: &str, separator: char) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut depth = 0_usize;
    let mut in_quotes = false;
    let mut is_escaped = false;
    for c in text.chars() {
        let separates = c == separator || separator == ' ' && c.is_whitespace();
        if is_escaped {
            is_escaped = false;
            piece.push(c);
            continue;
        }
        match c {
            '\\' if in_quotes => is_escaped = true,
            '"' if depth == 0 => {
                in_quotes = !in_quotes;
                piece.push(c);
            }
            '(' if !in_quotes => {
                if depth == 0 && separator == ' ' && !piece.is_empty() {
                    pieces.push(std::mem::take(&mut piece));
                }
                depth += 1;
                piece.push(c);
            }
            ')' if !in_quotes && depth > 0 => {
                depth -= 1;
                piece.push(c);
                if depth == 0 && separator == ' ' {
                    pieces.push(std::mem::take(&mut piece));
                }
            }
            _ if separates && depth == 0 && !in_quotes => {
                if !piece.is_empty() {
                    pieces.push(std::mem::take(&mut piece));
                }
            }
            _ => piece.push(c),
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let found = parse(text);
        let mut out = vec![found.authserv_id.unwrap_or_else(|| "-".to_owned())];
        for r in found.results {
            let properties: Vec<String> = r.properties.iter().map(|(k, v)| format!("{k}={v}")).collect();
            out.push(format!(
                "{}:{} [{}] ({}) {{{}}}",
                r.method,
                r.result,
                r.reason.unwrap_or_default(),
                r.comment.unwrap_or_default(),
                properties.join(",")
            ));
        }
        out.join(" | ")
    }

    #[test]
    fn the_lawful_form() {
        assert_eq!(
            show(
                "mx.corp.example 1; spf=pass (a;b) smtp.mailfrom=x.example; dkim=fail reason=\"bad; key\" header.d=y.example; \
                 dkim/1=pass header.d=z.example; dmarc=fail header.from=x.example"
            ),
            "mx.corp.example | spf:pass [] (a;b) {smtp.mailfrom=x.example} | dkim:fail [bad; key] () {header.d=y.example} | \
             dkim:pass [] () {header.d=z.example} | dmarc:fail [] () {header.from=x.example}"
        );
        assert_eq!(show("mx.corp.example; none"), "mx.corp.example");
    }

    #[test]
    fn exchange_online_names_no_server() {
        assert_eq!(
            show(
                "spf=none (sender IP is 192.0.2.1)\t smtp.mailfrom=x.example; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=x;compauth=fail reason=001"
            ),
            "- | spf:none [] (sender IP is 192.0.2.1) {smtp.mailfrom=x.example} | dkim:none [] (message not signed) {header.d=none} | \
             dmarc:none [] () {action=none,header.from=x} | compauth:fail [001] () {}"
        );
    }

    #[test]
    fn results_are_found_by_method() {
        let found = parse("a; dkim=pass; dkim=fail; spf=neutral; dmarc=none");
        assert_eq!(found.dkim().count(), 2);
        assert_eq!(found.spf().unwrap().result, "neutral");
        assert_eq!(found.dmarc().unwrap().result, "none");
    }
}
