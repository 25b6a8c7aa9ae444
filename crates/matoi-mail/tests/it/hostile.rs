//! Mails built to hurt: too many, too deep, too large. They must come back soon, within the limits, and say what was left out.

use std::time::{Duration, Instant};

use matoi_mail::{Defect, Limits, ParsedMail, parse};

use crate::support::defect_keys;

/// Parses within a time that even an unoptimised build on a busy machine keeps.
fn soon(raw: &[u8], limits: &Limits) -> ParsedMail {
    let start = Instant::now();
    let mail = parse(raw, limits);
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "took {:?}",
        start.elapsed()
    );
    mail
}

fn defect(mail: &ParsedMail, key: &str) -> Defect {
    let found = mail.defects.iter().find(|found| found.defect.key() == key);
    found
        .unwrap_or_else(|| panic!("no {key} in {:?}", defect_keys(mail)))
        .defect
        .clone()
}

#[test]
fn ten_thousand_attachments_stop_at_the_limit() {
    let mut raw = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n".to_vec();
    for number in 0..10_000 {
        raw.extend(format!("--x\nContent-Type: image/png; name=a{number}.png\n\ndata\n").bytes());
    }
    raw.extend(b"--x--\n");
    let mail = soon(&raw, &Limits::default());
    assert_eq!(mail.attachments.len(), 999);
    assert_eq!(
        defect(&mail, "part_limit"),
        Defect::PartLimit {
            limit: 1_000,
            left_out: 9_001
        }
    );
}

#[test]
fn multiparts_in_multiparts_stop_at_the_limit() {
    let mut raw = b"From: a@b.example\n".to_vec();
    for depth in 0..5_000 {
        raw.extend(format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n").bytes());
    }
    let mail = soon(&raw, &Limits::default());
    assert_eq!(
        defect(&mail, "multipart_depth_limit"),
        Defect::MultipartDepthLimit { limit: 30 }
    );
    assert_eq!(mail.parts.len(), 31);
}

#[test]
fn one_boundary_for_all_levels_ends_the_inner_ones() {
    let level = "Content-Type: multipart/mixed; boundary=same\n\n--same\n";
    let mail = soon(level.repeat(1_000).as_bytes(), &Limits::default());
    assert!(mail.parts.len() <= 1_000);
}

#[test]
fn mails_in_mails_stop_at_the_limit() {
    let raw = "From: a@b.example\nContent-Type: message/rfc822\n\n".repeat(100_000);
    let mail = soon(raw.as_bytes(), &Limits::default());
    let chain = mail.mails_in_tree();
    assert_eq!(chain.len(), 6);
    assert_eq!(
        defect(chain.last().unwrap(), "mail_depth_limit"),
        Defect::MailDepthLimit { limit: 5 }
    );
    // Each level counts against the size limit, so depth cannot multiply the memory.
    let limits = Limits {
        max_decoded_bytes: 10_000_000,
        max_mail_depth: 1_000,
        ..Limits::default()
    };
    let mail = soon(raw.as_bytes(), &limits);
    let held: usize = mail
        .attachments_in_tree()
        .map(|attachment| attachment.content.len())
        .sum();
    assert!(held <= 10_000_000 && mail.mails_in_tree().len() <= 33);
}

#[test]
fn the_deepest_mail_needs_little_stack_and_survives_serialisation() {
    let mut raw = String::new();
    for mail in 0..20 {
        raw.push_str("From: a@b.example\n");
        for depth in 0..29 {
            raw.push_str(&format!(
                "Content-Type: multipart/mixed; boundary=m{mail}d{depth}\n\n--m{mail}d{depth}\n"
            ));
        }
        raw.push_str("Content-Type: message/rfc822\n\n");
    }
    let limits = Limits {
        max_mail_depth: 1_000,
        max_multipart_depth: 1_000,
        ..Limits::default()
    };
    let deep = "Content-Type: message/rfc822\n\n".repeat(200);
    let worker = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(move || {
            for raw in [raw, deep] {
                let mail = parse(raw.as_bytes(), &limits);
                let json = serde_json::to_string(&mail).unwrap();
                let back: ParsedMail = serde_json::from_str(&json).unwrap();
                assert_eq!(back.mails_in_tree().len(), mail.mails_in_tree().len());
            }
        });
    worker.unwrap().join().unwrap();
}

#[test]
fn a_huge_header_stops_at_the_limit() {
    let mut raw = b"From: a@b.example\nSubject: kept\n".to_vec();
    raw.extend(format!("X-Long: {}\n", "y".repeat(5_000_000)).bytes());
    raw.extend(b"X-Many: 1\n".repeat(100_000));
    raw.extend(b"\nthe body\n");
    let mail = soon(&raw, &Limits::default());
    assert_eq!(mail.headers.subject.as_deref(), Some("kept"));
    assert_eq!(mail.raw_headers.len(), 1_000);
    assert_eq!(mail.body.text.as_deref(), Some("the body\n"));
    assert!(
        matches!(defect(&mail, "header_limit"), Defect::HeaderLimit { left_out } if left_out > 5_900_000)
    );
}

#[test]
fn repeated_syntax_costs_no_more_than_its_length() {
    let limits = Limits {
        max_header_bytes: 1_000_000,
        ..Limits::default()
    };
    let size = 200_000;
    for (header, piece) in [
        ("Subject", "=?utf-8?Q?"),
        ("Subject", "=?utf-8?B?"),
        ("Subject", "=?utf-8?Q?=E3?= "),
        ("Subject", "=?"),
        ("From", "("),
        ("From", "\""),
        ("From", "\"\\"),
        ("From", "<"),
        ("From", "a:"),
        ("From", "a@b,"),
        ("Content-Type", "text/plain;x*0*=\""),
        ("Content-Type", ";a=b"),
        ("Content-Type", "\\\""),
        ("Received", "("),
        ("Received", "from (a "),
        ("Received", ";"),
        ("Authentication-Results", "a=b;"),
        ("Authentication-Results", "("),
        ("Date", "1 "),
        ("References", "<a@b>"),
        ("Content-Language", "ja,"),
    ] {
        let raw = format!("{header}: {}\n\nbody", piece.repeat(size / piece.len()));
        let start = Instant::now();
        let mail = parse(raw.as_bytes(), &limits);
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{header} {piece}: {:?}",
            start.elapsed()
        );
        assert_eq!(mail.body.readable(), "body", "{header} {piece}");
    }
}

#[test]
fn repeated_html_costs_no_more_than_its_length() {
    let size = 500_000;
    for piece in [
        "<",
        "<a ",
        "<a href=x>",
        "<div>",
        "</div>",
        "<p>",
        "<table><tr><td>",
        "<!--",
        "<script>",
        "<textarea>",
        "&",
        "&#x41",
        "<div style='a:b;'>",
        "<font color=red>x",
        "<b>x</i>",
        "\n",
        "<br>",
        "<pre>\n",
        "<i hidden>x</i>",
        "<a x=1 x=1 x=1>",
        "<title>",
        "<svg><style>",
        "<td>",
        "<li>x",
        "<base href='https://a.example/'><a href=b>c",
    ] {
        let raw = format!(
            "From: a@b.example\nContent-Type: text/html\n\n{}",
            piece.repeat(size / piece.len())
        );
        let start = Instant::now();
        let mail = parse(raw.as_bytes(), &Limits::default());
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{piece}: {:?}",
            start.elapsed()
        );
        let html = mail.body.html_text.unwrap();
        assert!(
            html.links.len() <= 1_000 && html.text.len() <= 2 * 1024 * 1024,
            "{piece}"
        );
    }
}

#[test]
fn text_and_html_stop_at_their_limits() {
    let limits = Limits {
        max_text_bytes: 100,
        max_html_bytes: 200,
        ..Limits::default()
    };
    let part = |kind: &str| {
        format!(
            "--x\nContent-Type: text/{kind}; charset=utf-8\n\n{}\n",
            "あ".repeat(1_000)
        )
    };
    let raw = format!(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n{}{}--x--\n",
        part("plain"),
        part("html")
    );
    let mail = soon(raw.as_bytes(), &limits);
    assert_eq!(mail.body.text.as_deref().map(str::len), Some(99));
    assert_eq!(mail.body.html.as_deref().map(str::len), Some(198));
    assert!(mail.body.html_text.as_ref().unwrap().text.len() <= 100);
    defect(&mail, "text_limit");
    defect(&mail, "html_limit");
}

#[test]
fn an_archive_that_lists_a_million_entries_is_counted_but_not_kept() {
    let entry = b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\xFF\xFF\xFF\x0F\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a";
    let directory = entry.repeat(100_000);
    let mut zip = directory.clone();
    zip.extend(b"PK\x05\x06\0\0\0\0\xFF\xFF\xFF\xFF");
    zip.extend((directory.len() as u32).to_le_bytes());
    zip.extend([0; 6]);
    let start = Instant::now();
    let facts = matoi_mail::archive_facts(&zip, matoi_mail::ContentKind::Zip, &Limits::default()).unwrap();
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!((facts.entries.len(), facts.entry_count), (1_000, Some(100_000)));
    let keys: Vec<_> = facts
        .suspicious
        .iter()
        .map(|s| serde_json::to_value(s).unwrap()["key"].clone())
        .collect();
    assert!(
        keys.contains(&"ratio_bomb".into()) && keys.contains(&"overlapping_entries".into()),
        "{keys:?}"
    );
}

#[test]
fn many_defects_stop_at_the_limit() {
    let mut raw = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n".to_vec();
    for _ in 0..500 {
        raw.extend(b"--x\nContent-Type: text/plain; charset=nobody\n\n\xE3\x81\x82\n");
    }
    let mail = soon(&raw, &Limits::default());
    assert_eq!(mail.defects.len(), 200);
    defect(&mail, "defect_limit");
}
