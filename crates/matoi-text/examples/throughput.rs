//! Prints how fast text is folded, tokenised and searched for traces, in megabytes of UTF-8 per second on one
//! core, and the slowest of the texts that were made to be slow.
//!
//! Run with `cargo run --release -p matoi-text --example throughput`.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::hint::black_box;
use std::time::Instant;

use matoi_text::{
    SearchQuery, chunk, find_observables, fold, fts5_document, highlight, index_tokens, tsvector,
};

const REPORT: &str = "\
お疲れさまです。情報システム部の山田です。本日10:15頃、経理部の端末（PC-0123、192.168.10.25）でメールの添付ファイル「請求書_2026.zip」を展開し、
中の請求書.pdf.exeを実行したとのことです。ネットワークから切り離し、電源は入れたままにしています。ｳｲﾙｽ対策ソフトの検知はありませんでした。
The proxy log shows requests to hxxps://cdn[.]evil-invoice[.]example/stage2.bin and a connection to 203[.]0[.]113[.]47:443.
User-Agent was Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0.0.0; the process was
C:\\Windows\\System32\\rundll32.exe, started by winword.exe. See https://www.example.jp/advisory/2026/0142.html for the notes.
差出人は billing@evil-invoice.example、件名は「【重要】お支払いについて」です。同じメールを受け取った社員がほかに12名おり、うち3名が本文中の
リンクを開いています。影響範囲の調査と、プロキシでの遮断をお願いします。ＩＤは１２３４、連絡先は内線４５６７です。
sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 (CVE-2026-12345), observed at 2026-11-20T10:15:33+09:00.

";

const PROSE: &str = "\
インシデント対応では、検知と受付、トリアージ、調査と分析、封じ込めと根絶、復旧、収束、完了の順に進む。収束は完了ではない。報告者への回答、
内部への報告、外部への報告の要否の判断、事後のレビューが済んではじめて案件を閉じることができる。判断の根拠と判断した人は記録に残す。
";

const LOG: &str = "\
Nov 20 10:15:33 fw01 kernel: DROP IN=eth0 OUT= MAC=00:11:22:33:44:55 SRC=198.51.100.23 DST=192.0.2.10 LEN=60 PROTO=TCP SPT=51514 DPT=22
2026-11-20T10:15:34Z proxy01 squid: 192.168.10.25 TCP_MISS/200 5123 GET http://update.vendor.example/v2/list.json taro HIER_DIRECT/203.0.113.9
";

fn main() {
    for (name, piece) in [("report", REPORT), ("prose", PROSE), ("log", LOG)] {
        let text = piece.repeat(8_000_000 / piece.len());
        let query = SearchQuery::parse("ウイルス OR 遮断 203.0.113 \"connection to\" 判断");
        measure(name, "fold", &text, |text| fold(text).len());
        measure(name, "fts5_document", &text, |text| fts5_document(text).len());
        measure(name, "tsvector", &text, |text| tsvector(text).len());
        measure(name, "index_tokens", &text, |text| index_tokens(text).len());
        measure(name, "chunk", &text, |text| chunk(text).len());
        measure(name, "chunk + fts5_document", &text, |text| {
            chunk(text)
                .into_iter()
                .map(|piece| fts5_document(piece).len())
                .sum()
        });
        measure(name, "highlight", &text, |text| highlight(text, &query).len());
        measure(name, "find_observables", &text, |text| {
            find_observables(text, 1_000).found.len()
        });
    }
    hostile();
}

fn measure(name: &str, what: &str, text: &str, work: impl Fn(&str) -> usize) {
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        black_box(work(black_box(text)));
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:8} {what:24} {:8.0} MB/s", megabytes(text) / best);
}

fn hostile() {
    let mut slowest: Vec<(f64, &str)> = HOSTILE
        .iter()
        .map(|pattern| {
            let text = pattern.repeat(2_000_000 / pattern.len());
            let start = Instant::now();
            black_box(find_observables(black_box(&text), 1_000));
            (megabytes(&text) / start.elapsed().as_secs_f64(), *pattern)
        })
        .collect();
    slowest.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (speed, pattern) in slowest.iter().take(12) {
        println!("hostile  {pattern:24} {speed:8.1} MB/s");
    }
}

fn megabytes(text: &str) -> f64 {
    f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX)) / 1e6
}

const HOSTILE: &[&str] = &[
    "a.",
    "a.a.a.a.",
    "http://",
    "http://http://",
    "@@@@",
    "a@",
    "a@a.",
    "a+",
    "1.",
    "1.1.1.1.",
    ":",
    "::",
    "a:",
    "a:a:",
    "[:",
    "[.]",
    "[",
    " dot ",
    "a dot ",
    "。",
    "a。",
    "ａ。",
    "1。",
    "あ.",
    "みんな.",
    ".zip",
    "あ.zip",
    "x.zip\"",
    "(",
    "a.pdf(",
    "\\",
    "\\\\a",
    "C:\\",
    "「C:\\",
    "'C:\\ ",
    "%aa%\\",
    "/",
    "/etc/",
    "/etc/a",
    "http://a.com/",
    "http://a.com/(",
    "http://a@",
    "http://[::",
    "CVE-",
    "cve-2024-",
    "0123456789abcdef",
    "-",
    "_",
    "a-",
    "www.",
    ".com",
    "a.com",
    "a.com ",
    "1.2.3.4-",
    "xn--",
    "xn--a.com ",
    "日本語.jp",
    "ｈｔｔｐ：／／",
    "\u{200B}",
    "は請求書.xlsx",
    " ",
    "!",
    "あ",
    "&lt;",
    ",http",
];
