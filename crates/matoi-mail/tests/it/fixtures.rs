//! Mails as Japanese programs and attackers send them.

use matoi_mail::{
    ArchiveSuspicion, ContentKind, Disposition, Encryption, Limits, PartRole, archive_facts,
    looks_like_password_notice, related_key, sniff,
};

use crate::support::{defect_keys, fixture, parsed};

#[test]
fn every_japanese_character_set_is_read() {
    let check = |name: &str, subject: &str, text: &str, defects: &[&str]| {
        let mail = parsed(name);
        let found = mail.body.text.as_deref().unwrap_or_default().trim_end();
        assert_eq!(mail.headers.subject.as_deref(), Some(subject), "{name}");
        assert_eq!(found, text, "{name}");
        assert_eq!(defect_keys(&mail), defects, "{name}");
    };
    let extended = "お世話になっております。\n㈱髙﨑商事の①番窓口です。ﾊﾝｶｸｶﾅ も含みます。";
    let plain = "本日の会議は中止です。\n資料は後日お送りします。";
    check("iso2022jp_extended", "㈱髙﨑商事 ①ｶﾅの件", extended, &[]);
    check("cp932_declared_shift_jis", "㈱髙﨑商事 ①の件", extended, &[]);
    check("cp932_quoted_printable", "表の件", "表の件です。", &[]);
    check("iso2022jp_plain", "会議中止のお知らせ", plain, &[]);
    check("eucjp", "会議の件", plain, &[]);
    for name in [
        "undeclared_cp932",
        "undeclared_eucjp",
        "undeclared_jis",
        "undeclared_utf8",
    ] {
        check(name, "会議の件", plain, &["eight_bit_header", "guessed_charset"]);
    }
    check("declared_jis_is_utf8", "test", plain, &["wrong_charset"]);
    check("declared_ascii_is_cp932", "test", plain, &["wrong_charset"]);
    check(
        "utf7",
        "+AGE-",
        "+ADw-script+AD4-",
        &["bad_encoded_word", "unsupported_charset"],
    );
    check(
        "flowed_delsp",
        "flowed",
        "本日の会議は中止です。\n> 引用も続きます。\n-- \n山田",
        &[],
    );
}

#[test]
fn words_that_are_cut_inside_a_character_are_joined() {
    assert_eq!(
        parsed("words_cut_in_a_character").headers.subject.unwrap(),
        "緊急：お振込先口座変更のお願い"
    );
    assert_eq!(
        parsed("jis_words_cut_in_a_shift").headers.subject.unwrap(),
        "緊急お振込先口座変更"
    );
}

#[test]
fn file_names_are_read_in_every_notation() {
    let names = |name: &str| -> Vec<String> {
        parsed(name)
            .attachments
            .iter()
            .map(|attachment| attachment.name.as_ref().unwrap().original.clone())
            .collect()
    };
    assert_eq!(names("filename_rfc2047"), ["請求書_2026年11月㈱髙﨑.pdf"]);
    assert_eq!(names("filename_rfc2231"), ["請求書の写し.xlsx", "一覧.csv"]);
    assert_eq!(names("filename_raw_cp932"), ["表①.txt"]);
    let mail = parsed("filename_rfc2231");
    assert!(mail.attachments[0].sniffed.contradicts_name);
    assert!(!mail.attachments[1].sniffed.contradicts_name);
}

#[test]
fn tricks_in_file_names_are_shown() {
    let mail = parsed("filename_tricks");
    let safe: Vec<&str> = mail
        .attachments
        .iter()
        .map(|attachment| attachment.safe_name())
        .collect();
    assert_eq!(safe, ["請求書[U+202E]fdp.exe", "invoice.pdf .scr", "start.js"]);
    assert!(
        mail.attachments
            .iter()
            .all(|attachment| attachment.sniffed.dangerous)
    );
    assert!(mail.attachments[0].sniffed.contradicts_declared);
    assert_eq!(mail.attachments[2].other_name.as_ref().unwrap().safe, "other.txt");
}

#[test]
fn a_forwarded_mail_is_taken_apart() {
    for (name, declared) in [
        ("forwarded_rfc822", "message/rfc822"),
        ("forwarded_eml_file", "application/octet-stream"),
    ] {
        let mail = parsed(name);
        assert_eq!(mail.attachments[0].declared_type, declared);
        assert_eq!(mail.attachments[0].inner, Some(0));
        assert_eq!(mail.parts.last().unwrap().role, PartRole::Mail);
        let inner = &mail.inner[0];
        assert_eq!(inner.headers.subject.as_deref(), Some("【重要】口座停止"));
        assert!(inner.headers.from[0].name_shows_other_address);
        assert_eq!(
            inner.headers.authentication_results[0].spf().unwrap().result,
            "fail"
        );
        assert_eq!(
            inner.headers.received[0].from_ip.unwrap().to_string(),
            "192.0.2.66"
        );
        let html = inner.body.html_text.as_ref().unwrap();
        assert_eq!(
            html.text,
            "⟦隠れた前置き⟧\n\nお客様の口座が停止されました。https://bank.example/login <https://bank.example@evil.example/login>\n\n\
             <https://evil.example/post>"
        );
        assert!(html.links[0].mismatch && html.links[0].disguised_host);
        assert_eq!((html.forms, html.password_fields, html.remote_images), (1, 1, 1));
        assert_eq!(defect_keys(inner), Vec::<&str>::new());
    }
    let digest = parsed("digest");
    let subjects: Vec<_> = digest
        .inner
        .iter()
        .map(|mail| mail.headers.subject.clone().unwrap())
        .collect();
    assert_eq!(subjects, ["one", "two"]);
}

#[test]
fn a_delivery_report_counts_as_automatic() {
    let mail = parsed("delivery_report");
    assert!(mail.headers.is_automatic());
    assert_eq!(mail.headers.return_path.as_deref(), Some(""));
    assert_eq!(mail.attachments.len(), 2);
    assert!(!parsed("eucjp").headers.is_automatic());
}

#[test]
fn alternatives_and_related_parts_are_sorted() {
    let mail = parsed("alternative");
    assert_eq!(mail.body.text.as_deref(), Some("plain words"));
    assert_eq!(mail.body.html_text.as_ref().unwrap().text, "html words");
    let logo = &mail.attachments[0];
    assert_eq!(
        (logo.content_id.as_deref(), logo.disposition, logo.part.as_str()),
        (Some("logo@x"), Disposition::Inline, "2")
    );
    assert_eq!(logo.sniffed.kind, ContentKind::Png);
    let paths: Vec<&str> = mail.parts.iter().map(|part| part.path.as_str()).collect();
    assert_eq!(paths, ["", "1", "1.1", "1.2", "2"]);
}

#[test]
fn an_encrypted_archive_and_its_password_mail_are_joined() {
    let (first, second) = (parsed("ppap_archive"), parsed("ppap_password"));
    let [aes, old] = first.attachments.as_slice() else {
        panic!("two attachments")
    };
    let facts = aes.archive.as_ref().unwrap();
    assert_eq!(
        (facts.encrypted, facts.encryption, facts.names_encrypted),
        (Some(true), Some(Encryption::Aes256), Some(false))
    );
    assert_eq!(facts.entries[0].name.original, "見積書.xlsx");
    let facts = old.archive.as_ref().unwrap();
    assert_eq!(
        (facts.encrypted, facts.encryption),
        (Some(true), Some(Encryption::ZipCrypto))
    );
    assert_eq!(facts.entries[0].name.original, "見積書①.doc");
    assert_eq!(facts.suspicious, Vec::<ArchiveSuspicion>::new());
    assert_eq!(looks_like_password_notice(&first), None);
    let notice = looks_like_password_notice(&second).unwrap();
    assert_eq!(notice.candidates, ["Aki-2026x"]);
    assert_eq!(notice.mentioned_files, ["見積書.zip"]);
    assert_eq!(notice.refers_to, ["ppap1@sender.example"]);
    assert_eq!(notice.related, related_key(&first));
    assert_eq!(notice.related.subject, "お見積書送付の件");
}

#[test]
fn archives_made_by_other_programs_are_read() {
    let read = |name: &str| {
        let content = fixture(name);
        let kind = sniff(&content, Some(name), None).kind;
        archive_facts(&content, kind, &Limits::default()).unwrap()
    };
    let facts = read("plain.zip");
    assert_eq!(
        (
            facts.encrypted,
            facts.entries[0].name.original.as_str(),
            facts.entries[0].size
        ),
        (Some(false), "readme.txt", 5)
    );
    // 7-Zip compresses its header: an encrypted content can be told only if the header says so in plain sight.
    assert_ne!(read("plain.7z").encrypted, Some(true));
    assert_eq!(read("plain.7z").names_encrypted, Some(false));
    assert_ne!(read("encrypted.7z").encrypted, Some(false));
    assert_eq!(read("encrypted_names.7z").names_encrypted, Some(true));
    assert_eq!(read("encrypted_names.7z").encrypted, Some(true));
}

#[test]
fn broken_mails_are_read_as_far_as_they_go() {
    let check = |name: &str, text: &str, defects: &[&str]| {
        let mail = parsed(name);
        assert_eq!(
            mail.body.text.as_deref().unwrap_or_default().trim_end(),
            text,
            "{name}"
        );
        assert_eq!(defect_keys(&mail), defects, "{name}");
    };
    check("truncated", "一行目", &["truncated_base64", "truncated"]);
    check(
        "base64_garbage",
        "あいう",
        &["bad_base64", "bad_base64", "truncated_base64"],
    );
    check(
        "no_boundary",
        "--x\r\n\r\nhello\r\n--x--".replace("\r\n", "\n").as_str(),
        &["no_boundary"],
    );
    check("wrong_boundary", "--x\n\nhello\n--x--", &["boundary_not_found"]);
    check(
        "no_header",
        "これは見出しのない文です。\n二行目",
        &["no_header", "guessed_charset"],
    );
    assert_eq!(parsed("truncated").attachments[0].sniffed.kind, ContentKind::Pdf);
    assert_eq!(
        defect_keys(&parsed("only_garbage")),
        ["no_header", "guessed_charset", "lossy_decode"]
    );
}

#[test]
fn a_text_with_a_file_name_is_shown_and_listed() {
    let raw = b"From: a@b.example\nContent-Type: text/plain; name=\"run.js\"\n\nvar x;\n";
    let mail = matoi_mail::parse(raw, &Limits::default());
    assert_eq!(mail.body.text.as_deref(), Some("var x;\n"));
    assert_eq!(mail.attachments[0].safe_name(), "run.js");
    assert!(mail.attachments[0].sniffed.dangerous);
    assert_eq!(mail.parts.len(), 1);
}

#[test]
fn outlook_packaging_is_only_marked() {
    let mail = parsed("tnef");
    assert_eq!(mail.attachments[0].sniffed.kind, ContentKind::Tnef);
    assert!(!mail.attachments[0].sniffed.contradicts_name);
}

#[test]
fn defects_are_serialised_by_their_key() {
    for path in crate::support::fixture_mails() {
        let mail = matoi_mail::parse(&std::fs::read(path).unwrap(), &Limits::default());
        for found in &mail.defects {
            assert_eq!(serde_json::to_value(found).unwrap()["key"], found.defect.key());
        }
    }
}
