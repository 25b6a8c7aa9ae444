//! What is found in text as people write it.

mod addresses;
mod files;
mod hostile;
mod hosts;
mod links;

use matoi_text::find_observables;

/// Kinds and values in the order they were found.
fn found(text: &str) -> Vec<String> {
    find_observables(text, 100)
        .found
        .iter()
        .map(|observable| format!("{} {}", observable.kind, observable.value))
        .collect()
}

fn check(text: &str, expect: &[&str]) {
    assert_eq!(found(text), expect, "{text:?}");
}

#[test]
fn places_and_counts_are_those_of_the_original() {
    let text = "接続先：ｅｖｉｌ．ｃｏｍ、evil[.]com、EVIL.COM と hxxp://evil[.]com/a";
    let found = find_observables(text, 10).found;
    let shown: Vec<_> = found
        .iter()
        .map(|observable| {
            (
                observable.value.as_str(),
                observable.count,
                &text[observable.first.clone()],
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("evil.com", 4, "ｅｖｉｌ．ｃｏｍ"),
            ("http://evil.com/a", 1, "hxxp://evil[.]com/a")
        ]
    );
    let text = "taro [at] example [dot] com";
    assert_eq!(&text[find_observables(text, 1).found[0].first.clone()], text);
}

#[test]
fn the_limit_keeps_the_first_and_counts_the_others() {
    let text: String = (0..100).map(|n| format!("10.0.0.{n} 10.0.0.{n} ")).collect();
    let observables = find_observables(&text, 10);
    assert_eq!(observables.found.len(), 10);
    assert_eq!(observables.left_out, 90);
    assert!(observables.found.iter().all(|observable| observable.count == 2));
    assert_eq!(find_observables(&text, 0).left_out, 100);
    assert_eq!(find_observables("", 10), matoi_text::Observables::default());
}

#[test]
fn a_report_in_japanese_is_understood() {
    let text = "\
お疲れさまです。情報システム部の山田です。
本日10:15頃、経理部の端末(PC-0123、192.168.10.25)でメール(差出人：billing@evil-invoice.com)の添付ファイル「請求書_2026.zip」を展開し、
中の請求書.pdf.exeを実行したとのことです。hxxps://cdn[.]evil-invoice[.]com/stage2.bin への通信と、203[.]0[.]113[.]47:443への通信を確認しました。
SHA256: E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855
CVE-2026-12345の悪用の可能性があります。";
    check(
        text,
        &[
            "ipv4 192.168.10.25",
            "email billing@evil-invoice.com",
            "filename 請求書_2026.zip",
            "filename 請求書.pdf.exe",
            "url https://cdn.evil-invoice.com/stage2.bin",
            "domain cdn.evil-invoice.com",
            "ipv4 203.0.113.47",
            "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "cve CVE-2026-12345",
        ],
    );
}
