//! Links of lists: filters as a query string, and the way to the next page.

use super::{Ui, url_encode};

/// A path with those parameters that say something.
#[must_use]
pub fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let said: Vec<_> = parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", url_encode(value)))
        .collect();
    if said.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", said.join("&"))
    }
}

/// Where a page of a list leads.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// The first page, when this is a later one.
    pub first: Option<String>,
    /// The next page, when there is one.
    pub next: Option<String>,
}

impl Pager {
    /// The links of a list at `path` with these filters. `cursor` is that of this page, empty on the first.
    #[must_use]
    pub fn new(ui: &Ui, path: &str, filters: &[(&str, &str)], cursor: &str, next: Option<&str>) -> Self {
        let later = |cursor: &str| {
            let mut parameters = filters.to_vec();
            parameters.push(("cursor", cursor));
            ui.to(with_query(path, &parameters))
        };
        Self {
            first: (!cursor.is_empty()).then(|| ui.to(with_query(path, filters))),
            next: next.map(later),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_something_is_in_the_link() {
        assert_eq!(with_query("/a", &[("q", ""), ("state", "")]), "/a");
        assert_eq!(
            with_query("/a", &[("q", "高 橋"), ("state", "active")]),
            "/a?q=%E9%AB%98%20%E6%A9%8B&state=active"
        );
    }
}
