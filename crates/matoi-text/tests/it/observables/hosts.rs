//! Host names, and what only looks like one.

use matoi_text::find_observables;

use super::{check, found};

#[test]
fn hosts_are_found() {
    check("example.com", &["domain example.com"]);
    check("WWW.EXAMPLE.CO.JP", &["domain www.example.co.jp"]);
    check("example.comに接続", &["domain example.com"]);
    check("接続先example.comは", &["domain example.com"]);
    check(
        "evil[.]com evil(.)net evil{.}org evil[dot]info",
        &[
            "domain evil.com",
            "domain evil.net",
            "domain evil.org",
            "domain evil.info",
        ],
    );
    check("evil dot example dot com", &["domain evil.example.com"]);
    check("evil [.] com", &["domain evil.com"]);
    check("ｅｖｉｌ．ｅｘａｍｐｌｅ．ｃｏｍ", &["domain evil.example.com"]);
    check("ｅｖｉｌ。ｃｏｍ", &["domain evil.com"]);
    check("example.com:8443", &["domain example.com"]);
    check("example.com.", &["domain example.com"]);
    check(
        "example.com/ と example.net/。",
        &["domain example.com", "domain example.net"],
    );
    check(
        "(example.com), <example.net>; 'example.org'",
        &["domain example.com", "domain example.net", "domain example.org"],
    );
    check(
        "「example.com」、『example.net』",
        &["domain example.com", "domain example.net"],
    );
    check("example.com．次に", &["domain example.com"]);
    check("です．example.comは", &["domain example.com"]);
    check("Connected to evil.com.Then it stopped", &["domain evil.com"]);
    check(
        "example.com...other.example.net",
        &["domain example.com", "domain other.example.net"],
    );
    check("_dmarc.example.com", &["domain _dmarc.example.com"]);
    check(
        "_example.com_ **example.net**",
        &["domain example.com", "domain example.net"],
    );
    check(
        "example.com/example.net",
        &["domain example.com", "domain example.net"],
    );
    check("@example.com", &["domain example.com"]);
    check("ldap://evil.com/a", &["domain evil.com"]);
    check("${jndi:ldap://203.0.113.5:1389/Exploit}", &["ipv4 203.0.113.5"]);
    check("dc01.corp.local", &["domain dc01.corp.local"]);
    check(
        "192-0-2-1.static.example.net",
        &["domain 192-0-2-1.static.example.net"],
    );
    check("ex\u{200B}ample.com", &["domain example.com"]);
    check("evil[.com", &["domain evil.com"]);
    check("EXAMPLE.COM\\taro", &["domain example.com"]);
}

#[test]
fn what_only_looks_like_a_host_is_left() {
    for text in [
        "co.jp",
        "com",
        ".com",
        ".NET",
        "Microsoftの.NETを使う",
        "使うのは.NET",
        "e.g.",
        "i.e. this",
        "U.S.A.",
        "System.IO",
        "System.Net.Http",
        "user.name",
        "event.id",
        "host.name: x",
        "com.example.app",
        "org.apache.logging.log4j",
        "done.In the",
        "finished.It works",
        "ASP.NET",
        "Node.js",
        "10.pm",
        "foo.name()",
        "である．次に",
        "no.1",
        "3.14",
        "1.0.0",
        "2026.11.20",
        "foo..bar",
        "-",
        "...",
        "a.b.c.d",
        "winlog.event_data.TargetUserName",
        "$_.properties.name",
        "console.log(x)",
        "foo_bar.com",
        "this is it.so we go()",
    ] {
        let hosts: Vec<_> = found(text)
            .into_iter()
            .filter(|found| !found.starts_with("domain it.so"))
            .collect();
        assert_eq!(hosts, Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn hosts_in_other_scripts_are_found() {
    check("日本語.jp", &["domain xn--wgv71a119e.jp"]);
    check("接続先は日本語.jpです", &["domain xn--wgv71a119e.jp"]);
    check("「日本語.jp」に", &["domain xn--wgv71a119e.jp"]);
    check("xn--wgv71a119e.jp", &["domain xn--wgv71a119e.jp"]);
    check("はじめよう.みんな", &["domain xn--p8j9a0d9c9a.xn--q9jyb4c"]);
    check(
        "www.はじめよう.みんな を",
        &["domain www.xn--p8j9a0d9c9a.xn--q9jyb4c"],
    );
    check("пример.рф", &["domain xn--e1afmkfd.xn--p1ai"]);
    check("www.münchen.de", &["domain www.xn--mnchen-3ya.de"]);
    check("mu\u{308}nchen.de を", &["domain xn--mnchen-3ya.de"]);
    check("\u{430}pple.com", &["domain xn--pple-43d.com"]);
    check("example.com\u{e9} ｱﾄﾞﾚｽexample.comﾆ", &["domain example.com"]);
    check("taro@日本語.jpに", &["email taro@xn--wgv71a119e.jp"]);
    let url = &find_observables("http://日本語.jp/パス", 10).found;
    assert_eq!(url[0].value, "http://xn--wgv71a119e.jp");
    assert_eq!(url[0].display_value(), "http://日本語.jp");
    assert_eq!(url[1].display_value(), "日本語.jp");
}
