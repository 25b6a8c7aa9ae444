//! What holds for any bytes: no panic, no limit exceeded, the result survives serialisation.

use matoi_mail::{
    ContentKind, Limits, ParsedMail, archive_facts, html_to_text, looks_like_password_notice, parse,
    related_key, sniff,
};
use proptest::prelude::*;

use crate::support::{fixture, fixture_mails};

/// Limits so tight that every one of them is met.
fn tight() -> Limits {
    Limits {
        received_at: None,
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
    }
}

fn check(raw: &[u8], limits: &Limits) {
    let mail = parse(raw, limits);
    let mails = mail.mails_in_tree();
    let depth_limit = limits.max_mail_depth;
    assert!(depth(&mail) <= depth_limit);
    let parts: usize = mails.iter().map(|mail| mail.parts.len()).sum();
    assert!(parts <= limits.max_parts.max(1), "{parts} parts");
    let held: usize = mail
        .attachments_in_tree()
        .map(|attachment| attachment.content.len())
        .sum();
    assert!(held <= limits.max_decoded_bytes);
    for mail in &mails {
        assert!(mail.defects.len() <= limits.max_defects);
        assert!(mail.raw_headers.len() <= limits.max_header_fields);
        assert!(mail.headers.from.len() <= limits.max_addresses);
        assert!(mail.body.text.as_deref().unwrap_or_default().len() <= limits.max_text_bytes);
        assert!(mail.body.html.as_deref().unwrap_or_default().len() <= limits.max_html_bytes);
        if let Some(html) = &mail.body.html_text {
            assert!(html.text.len() <= limits.max_text_bytes && html.links.len() <= limits.max_links);
        }
        for attachment in &mail.attachments {
            assert_eq!(attachment.size, attachment.content.len() as u64);
            assert!(
                attachment
                    .archive
                    .as_ref()
                    .is_none_or(|facts| facts.entries.len() <= limits.max_archive_entries)
            );
            assert!(attachment.inner.is_none_or(|inner| inner < mail.inner.len()));
        }
        let _ = (looks_like_password_notice(mail), related_key(mail));
    }
    let indexes: Vec<u32> = mail
        .attachments_in_tree()
        .map(|attachment| attachment.index)
        .collect();
    assert!(indexes.is_sorted_by(|a, b| a < b), "{indexes:?}");
    let json = serde_json::to_string(&mail).unwrap();
    assert!(!json.contains("\\u0000"));
    let mut back: ParsedMail = serde_json::from_str(&json).unwrap();
    let mut mail = mail;
    drop_contents(&mut mail);
    drop_contents(&mut back);
    assert_eq!(mail, back);
}

fn depth(mail: &ParsedMail) -> usize {
    mail.inner.iter().map(|inner| depth(inner) + 1).max().unwrap_or(0)
}

fn drop_contents(mail: &mut ParsedMail) {
    for attachment in &mut mail.attachments {
        attachment.content.clear();
    }
    mail.inner.iter_mut().for_each(drop_contents);
}

#[test]
fn every_fixture_and_every_beginning_of_it_holds() {
    for path in fixture_mails() {
        let raw = std::fs::read(path).unwrap();
        for end in (0..raw.len()).step_by(7).chain([raw.len()]) {
            check(&raw[..end], &Limits::default());
            check(&raw[..end], &tight());
        }
    }
}

/// Pieces that mails are made of, so that random mails get past the first line.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known: &[&[u8]] = &[
        b"From: ",
        b"Subject: ",
        b"Date: ",
        b"Received: ",
        b"Content-Type: ",
        b"text/plain",
        b"text/html",
        b"message/rfc822",
        b"multipart/mixed",
        b"multipart/digest",
        b"; boundary=x",
        b"; charset=",
        b"iso-2022-jp",
        b"shift_jis",
        b"utf-16",
        b"utf-8",
        b"x-nobody",
        b"\n--x\n",
        b"\n--x--\n",
        b"\n\n",
        b"\r\n",
        b"\n ",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Disposition: attachment; filename=",
        b"a.zip",
        b"a.eml",
        b"*0*=utf-8''%E3",
        b"*1*=%81%82",
        b"=?utf-8?B?",
        b"=?iso-2022-jp?Q?",
        b"?=",
        b"=E3=81",
        b"\x1b$B",
        b"\x1b(I",
        b"\x1b(B",
        b"\x82\xA0",
        b"\xA4\xA2",
        b"\xE3\x81\x82",
        b"\"",
        b"<a@b.example>",
        b"(",
        b")",
        b",",
        b";",
        b":",
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"Rar!\x1A\x07\x01\0",
        b"7z\xBC\xAF\x27\x1C",
        b"<a href='",
        b"</a>",
        b"<div style='display:none'>",
        b"\0",
        b"\xFF",
        b"20 Nov 2026 10:00:00 +0900",
        b"99999999999999999999",
        b"format=flowed",
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
    ];
    prop_oneof![
        4 => proptest::sample::select(known.to_vec()).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_a_mail(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        check(&raw, &Limits::default());
        check(&raw, &tight());
    }

    #[test]
    fn anything_made_of_mail_pieces_is_a_mail(pieces in proptest::collection::vec(piece(), 0..80)) {
        let raw = pieces.concat();
        check(&raw, &Limits::default());
        check(&raw, &tight());
    }

    #[test]
    fn a_changed_fixture_is_a_mail(
        which in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0_u8..4, piece()), 1..12),
    ) {
        let mails = fixture_mails();
        let mut raw = std::fs::read(which.get(&mails)).unwrap();
        for (at, change, piece) in changes {
            if raw.is_empty() {
                break;
            }
            let at = at.index(raw.len());
            match change {
                0 => raw[at] = piece.first().copied().unwrap_or(0),
                1 => drop(raw.splice(at..at, piece)),
                2 => raw.truncate(at),
                _ => {
                    let copy = raw[at..(at + 200).min(raw.len())].to_vec();
                    raw.splice(at..at, copy);
                }
            }
        }
        check(&raw, &Limits::default());
        check(&raw, &tight());
    }

    #[test]
    fn a_changed_archive_is_read_without_a_panic(
        name in proptest::sample::select(vec!["plain.zip", "plain.7z", "encrypted.7z", "encrypted_names.7z"]),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut content = fixture(name);
        for (at, byte) in changes {
            let at = at.index(content.len());
            content[at] = byte;
        }
        content.truncate(cut.index(content.len() + 1));
        for kind in [ContentKind::Zip, ContentKind::SevenZip, ContentKind::Rar, ContentKind::WindowsProgram] {
            let _ = archive_facts(&content, kind, &tight());
        }
        let _ = sniff(&content, Some(name), Some("application/zip"));
    }

    #[test]
    fn any_archive_bytes_are_read_without_a_panic(content in proptest::collection::vec(any::<u8>(), 0..300), magic in 0_usize..4) {
        let heads: [&[u8]; 4] = [b"PK\x03\x04", b"Rar!\x1A\x07\x01\0", b"Rar!\x1A\x07\0", b"7z\xBC\xAF\x27\x1C\0\x04"];
        let content = [heads[magic], &content].concat();
        let kind = sniff(&content, None, None).kind;
        let _ = archive_facts(&content, kind, &tight());
    }

    #[test]
    fn any_html_becomes_text_within_the_limit(source in "(<|>|/|a|b|div|td|p|li| |style='|display:none|font-size:0|color:#fff|href=|https://x.example@y.example/|'|\"|=|&lt;|&#|;|script|title|pre|\n|⟦|⟧|あ|!--|--){0,60}") {
        let limits = tight();
        let found = html_to_text(&source, &limits);
        prop_assert!(found.text.len() <= limits.max_text_bytes && found.links.len() <= limits.max_links);
        let opened = found.text.matches('⟦').count();
        let closed = found.text.matches('⟧').count();
        prop_assert!(opened == closed || found.text.len() + 3 > limits.max_text_bytes);
    }
}
