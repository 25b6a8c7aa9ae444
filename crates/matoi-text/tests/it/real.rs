//! Real mails and guides from outside the project, where they are at hand.

use std::path::{Path, PathBuf};

use matoi_text::{ObservableKind, SearchQuery, chunk, find_observables, highlight, index_tokens};

/// The directory of shared data: `MATOI_SHARED`, else `../shared` beside the workspace.
fn shared() -> PathBuf {
    std::env::var_os("MATOI_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    )
}

fn texts(folder: &str) -> Vec<(PathBuf, String)> {
    let Ok(entries) = std::fs::read_dir(shared().join(folder)) else {
        println!("skipped: no {folder} in the shared data");
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            (path, String::from_utf8_lossy(&bytes).into_owned())
        })
        .collect()
}

#[test]
fn every_find_in_real_text_stands_where_it_says() {
    for (path, text) in texts("data/mail").into_iter().chain(texts("references")) {
        let observables = find_observables(&text, 10_000);
        assert_eq!(observables.left_out, 0);
        for observable in observables.found {
            let place = &text[observable.first.clone()];
            if observable.kind == ObservableKind::Ipv4 {
                assert_eq!(place, observable.value, "{}", path.display());
            }
        }
    }
}

#[test]
fn japanese_guides_hold_addresses_of_sites_and_no_sentence_is_taken_for_one() {
    for (path, text) in texts("references") {
        for observable in find_observables(&text, 10_000).found {
            if observable.kind == ObservableKind::Domain {
                let place = &text[observable.first.clone()];
                assert!(place.is_ascii(), "{place:?} in {}", path.display());
            }
        }
    }
}

#[test]
fn words_of_real_text_are_found_in_some_chunk() {
    for (path, text) in texts("references") {
        let chunks = chunk(&text);
        for word in ["インシデント", "対応", "CSIRT", "脆弱性", "報告"] {
            let query = SearchQuery::parse(word);
            let in_text = query.matches(&text);
            let in_chunks = chunks.iter().any(|piece| query.matches(piece));
            assert_eq!(in_text, in_chunks, "{word} in {}", path.display());
            let marked = highlight(&text, &query);
            assert_eq!(marked.iter().any(|segment| segment.hit), in_text);
        }
        assert!(
            index_tokens(&text)
                .iter()
                .all(|token| text.get(token.range.clone()).is_some())
        );
    }
}
