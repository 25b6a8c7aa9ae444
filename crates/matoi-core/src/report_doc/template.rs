//! Templates of reports as data files: Markdown with Jinja, one for each kind and language.
//!
//! The first line names it, in a comment: `{# id: internal.ja #}`. What a template may use is described in the README of
//! the crate `matoi-pdf`; whether it does is seen when it is filled, and said at the document with file, line and column.

use matoi_types::Lang;

use super::model::DocumentKind;
use crate::kernel::Message;
use crate::kernel::data::DataError;

/// Longest template, in bytes: what the maker of documents takes.
const MOST_BYTES: usize = 1 << 20;

/// The name a template calls itself by.
///
/// # Errors
/// When the first line does not name a kind and a language, or the text is too long.
pub fn read(file: &str, text: &str) -> Result<String, DataError> {
    let first = text.lines().next().unwrap_or_default().trim();
    let id = first
        .strip_prefix("{#")
        .and_then(|rest| rest.strip_suffix("#}"))
        .and_then(|comment| comment.trim().strip_prefix("id:"))
        .map(str::trim)
        .unwrap_or_default();
    let known = DocumentKind::ALL
        .iter()
        .flat_map(|kind| Lang::ALL.map(|lang| format!("{kind}.{lang}")));
    let names: Vec<String> = known.collect();
    if !names.iter().any(|name| name == id) {
        let message = Message::new("error-template-id").with("allowed", names.join(", "));
        return Err(DataError::new(file, 1, "id", message));
    }
    if text.len() > MOST_BYTES {
        return Err(DataError::new(
            file,
            1,
            "id",
            Message::new("error-too-large-text"),
        ));
    }
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_kind_and_language() {
        let name = |text: &str| read("x.md", text).ok();
        assert_eq!(
            name("{# id: internal.ja #}\n# 報告"),
            Some("internal.ja".to_owned())
        );
        assert_eq!(name("{#id: external.en#}"), Some("external.en".to_owned()));
        for wrong in [
            "",
            "# 報告",
            "{# internal.ja #}",
            "{# id: internal.fr #}",
            "{# id: other.ja #}",
        ] {
            assert_eq!(name(wrong), None, "{wrong}");
        }
    }
}
