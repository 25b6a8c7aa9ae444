//! What is fed: every function that takes what strangers send, and what must hold of its answer besides that it comes.

use matoi_condition::{Expression, FactMap, FactType, Vocabulary};
use matoi_mail::{
    ContentKind, Limits, archive_facts, html_to_text, looks_like_password_notice, parse, related_key, sniff,
};
use matoi_text::{
    SearchQuery, chunk, defang, find_observables, fold, fts5_document, highlight, refang, snippet, tsvector,
};

/// Something that takes bytes, and the words it listens to.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Ends of the names of the files in the corpus that are input of this one.
    pub(crate) corpus: &'static [&'static str],
    /// Inputs that no file holds.
    pub(crate) seeds: &'static [&'static str],
    pub(crate) words: &'static [&'static [u8]],
    pub(crate) run: fn(&[u8]),
}

/// Every target; the time is divided equally.
pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "mail",
        corpus: &[".eml"],
        seeds: &["From: a@b.example\nSubject: x\n\nbody\n"],
        words: &[
            b"\r\n",
            b"\n\n",
            b"--",
            b"Content-Type: multipart/mixed; boundary=",
            b"Content-Type: message/rfc822\n",
            b"Content-Transfer-Encoding: base64\n",
            b"Content-Transfer-Encoding: quoted-printable\n",
            b"charset=iso-2022-jp",
            b"charset=shift_jis",
            b"\x1b$B",
            b"\x1b(B",
            b"=?iso-2022-jp?B?GyRCJDMbKEI=?=",
            b"=?utf-8?q?=E3=81",
            b"filename*0*=utf-8''%E3",
            b"begin 644 x\n",
            b"Date: Thu, 31 Feb 99999 25:61:61 +9999\n",
            b"Received: from x by y; ",
            b"<a href=\"javascript:",
            b"=\n",
            b"\x00",
            b"\xff\xfe",
        ],
        run: mail,
    },
    Target {
        name: "html",
        corpus: &[".html"],
        seeds: &[
            "<html><body><p>x <a href='https://a.example/'>b</a><table><tr><td>1</table><!-- -->",
            "<div><ul><li>一<li>二</ul><script>1<2</script>&amp;&#x3042;&nbsp;",
        ],
        words: &[
            b"<",
            b">",
            b"</",
            b"<!--",
            b"-->",
            b"&#",
            b"&amp",
            b"<a href=",
            b"<table>",
            b"<style>",
            b"\"",
            b"'",
            b"\x00",
        ],
        run: html,
    },
    Target {
        name: "archive",
        corpus: &[".zip", ".7z"],
        seeds: &["PK\u{3}\u{4}", "Rar!\u{1a}\u{7}", "7z\u{bc}\u{af}\u{27}\u{1c}"],
        words: &[
            b"PK\x01\x02",
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"PK\x06\x06",
            b"\xff\xff\xff\xff",
            b"\x00\x00\x00\x00",
            b"../",
            b"\x01\x00",
        ],
        run: archive,
    },
    Target {
        name: "text",
        corpus: &[".txt", ".json", ".md"],
        seeds: &[
            "hxxp://www[.]evil[.]example/a?b=c 198.51.100.1 2001:db8::1 a@b.example CVE-2026-12345 C:\\Users\\x\\a.exe",
            "ｈｔｔｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ／ ウイルス ｳｲﾙｽ 髙﨑㈱① d41d8cd98f00b204e9800998ecf8427e",
        ],
        words: &[
            b"http://",
            b"hxxp",
            b"[.]",
            b"(dot)",
            b"[at]",
            b"://",
            b"@",
            b"..",
            b"::",
            b"%",
            b"xn--",
            b"\\\\",
            b"/",
            b"\xe3\x80\x82",
            b"\xef\xbd\xb3",
            b"\xef\xbe\x9e",
            b"\xe2\x80\xae",
            b"\xcc\x81",
            b"\xf0\x9f\x91\xa8\xe2\x80\x8d",
            b"CVE-",
            b"0x",
            b":65536",
        ],
        run: text,
    },
    Target {
        name: "query",
        corpus: &[],
        seeds: &[
            "ウイルス OR \"lateral movement\" -sales inc-2026*",
            "(a) \"b c\" -\"d\" e* 。",
        ],
        words: &[
            b"\"",
            b"-",
            b"*",
            b" OR ",
            b"AND",
            b"NEAR",
            b"(",
            b")",
            b":",
            b"'",
            b"\\",
            b"|",
            b"&",
            b"!",
            b"\xe3\x80\x80",
        ],
        run: query,
    },
    Target {
        name: "condition",
        corpus: &[".yaml"],
        seeds: &[
            "kind in [a, b] and not (count >= 3 or flag) and name contains \"x\"",
            "steps < high and seen within 2h and flag is unknown",
        ],
        words: &[
            b" and ",
            b" or ",
            b"not ",
            b"(",
            b")",
            b"[",
            b"]",
            b">=",
            b"==",
            b"!=",
            b" in ",
            b"\"",
            b"\\",
            b"kind",
            b"count",
            b"flag",
            b"name",
            b"steps",
            b"unknown",
            b"true",
            b"1e999",
            b"-0",
            b"9999999999999999999",
            b"30m",
            b"\xe3\x81\x82",
        ],
        run: condition,
    },
];

fn mail(input: &[u8]) {
    for limits in [Limits::default(), tight_limits()] {
        let mail = parse(input, &limits);
        let _ = related_key(&mail);
        let _ = looks_like_password_notice(&mail);
        assert!(
            mail.mails_in_tree()
                .iter()
                .all(|mail| mail.defects.len() <= limits.max_defects),
            "more defects than the limit"
        );
        for attachment in mail.attachments_in_tree() {
            let name = attachment.safe_name();
            assert!(
                !name.contains(['/', '\\', '\0']) && !matches!(name, "." | ".."),
                "a name that is no name of a file: {name:?}"
            );
        }
        assert!(serde_json::to_vec(&mail).is_ok(), "cannot be kept");
    }
}

fn tight_limits() -> Limits {
    Limits {
        max_parts: 6,
        max_multipart_depth: 2,
        max_mail_depth: 2,
        max_header_fields: 8,
        max_header_bytes: 600,
        max_addresses: 2,
        max_decoded_bytes: 400,
        max_text_bytes: 60,
        max_html_bytes: 90,
        max_links: 1,
        max_archive_entries: 1,
        max_defects: 3,
        ..Limits::default()
    }
}

fn html(input: &[u8]) {
    let source = String::from_utf8_lossy(input);
    for limits in [Limits::default(), tight_limits()] {
        let found = html_to_text(&source, &limits);
        assert!(found.text.len() <= limits.max_text_bytes, "longer than the limit");
        assert!(found.links.len() <= limits.max_links, "more links than the limit");
    }
}

fn archive(input: &[u8]) {
    let _ = sniff(input, Some("a.zip"), Some("application/zip"));
    for kind in [ContentKind::Zip, ContentKind::SevenZip, ContentKind::Rar] {
        if let Some(facts) = archive_facts(input, kind, &tight_limits()) {
            assert!(facts.entries.len() <= 1, "more entries than the limit");
        }
    }
}

fn text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let folded = fold(&text);
    assert_eq!(fold(&folded), folded, "folding twice is folding once");
    let found = find_observables(&text, 50);
    assert!(found.found.len() <= 50, "more than asked for");
    for observable in &found.found {
        let _ = observable.defanged();
        let _ = observable.special_purpose();
    }
    let _ = refang(&defang(&text));
    let _ = fts5_document(&text);
    let _ = tsvector(&text);
    for piece in chunk(&text) {
        assert!(text.contains(piece), "a chunk that is no part of the text");
    }
}

fn query(input: &[u8]) {
    let typed = String::from_utf8_lossy(input);
    let query = SearchQuery::parse(&typed);
    let _ = query.to_fts5();
    let _ = query.to_tsquery();
    let _ = query.matches(&typed);
    let shown: String = highlight(&typed, &query)
        .iter()
        .map(|segment| segment.text)
        .collect();
    assert_eq!(shown, typed, "highlighting changes the text");
    let _ = snippet(&typed, &query, 40);
}

fn condition(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Ok(vocabulary) = Vocabulary::new([
        ("kind", FactType::choice(["a", "b", "c"])),
        ("steps", FactType::ordered_choice(["low", "middle", "high"])),
        ("flag", FactType::Boolean),
        (
            "count",
            FactType::Number {
                whole: false,
                min: None,
                max: None,
            },
        ),
        ("name", FactType::Text),
    ]) else {
        return;
    };
    match Expression::parse(&text, &vocabulary) {
        Ok(expression) => {
            let again = Expression::parse(expression.as_str(), &vocabulary);
            assert_eq!(
                again.as_ref(),
                Ok(&expression),
                "what is written is not what was read"
            );
            let _ = expression.evaluate(&FactMap::new());
        }
        Err(error) => assert!(
            text.get(error.offset..error.offset + error.length).is_some(),
            "the place of the error is no place in the text"
        ),
    }
}
