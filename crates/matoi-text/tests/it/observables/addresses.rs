//! Addresses, digests and identifiers.

use super::check;

#[test]
fn addresses_are_found() {
    check("203.0.113.5", &["ipv4 203.0.113.5"]);
    check("203.0.113.5から通信", &["ipv4 203.0.113.5"]);
    check("接続元は203.0.113.5でした", &["ipv4 203.0.113.5"]);
    check(
        "IP：203.0.113.5、198.51.100.7。",
        &["ipv4 203.0.113.5", "ipv4 198.51.100.7"],
    );
    check("IP203.0.113.5から", &["ipv4 203.0.113.5"]);
    check("「203.0.113.5」（攻撃元）", &["ipv4 203.0.113.5"]);
    check("203.0.113.5(攻撃元)", &["ipv4 203.0.113.5"]);
    check("１９２．１６８．１．１", &["ipv4 192.168.1.1"]);
    check(
        "1.2.3[.]4 と 1[.]2[.]3[.]5 と 1(dot)2(dot)3(dot)6",
        &["ipv4 1.2.3.4", "ipv4 1.2.3.5", "ipv4 1.2.3.6"],
    );
    check("203.0.113.5:8080", &["ipv4 203.0.113.5"]);
    check(
        "203.0.113.5/24 203.0.113.6/443",
        &["ipv4 203.0.113.5", "ipv4 203.0.113.6"],
    );
    check("192.0.2.1-192.0.2.10", &["ipv4 192.0.2.1", "ipv4 192.0.2.10"]);
    check("192.0.2.1～192.0.2.10", &["ipv4 192.0.2.1", "ipv4 192.0.2.10"]);
    check(
        "src=203.0.113.5 dst=198.51.100.7,192.0.2.1;",
        &["ipv4 203.0.113.5", "ipv4 198.51.100.7", "ipv4 192.0.2.1"],
    );
    check("root@203.0.113.5", &["ipv4 203.0.113.5"]);
    check("Access from 203.0.113.5.", &["ipv4 203.0.113.5"]);
    check("203.0.113.5...", &["ipv4 203.0.113.5"]);
    check(
        "outside:203.0.113.5/443 (10.0.0.1/51000)",
        &["ipv4 203.0.113.5", "ipv4 10.0.0.1"],
    );
    check("192。0。2。1", &["ipv4 192.0.2.1"]);
}

#[test]
fn numbers_that_are_no_addresses_are_left() {
    for text in [
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.999",
        "01.2.3.4",
        "1.3.6.1.4.1.311",
        "version 1.2.3.4",
        "Version: 1.2.3.4",
        "ver.1.2.3.4",
        "ver 1.2.3.4",
        "v1.2.3.4",
        "v10.0.19041.1",
        "10.0.19041.1",
        "build 6.1.76.1",
        "バージョン1.2.3.4",
        "バージョンは 1.2.3.4",
        "ファームウェア：7.0.0.1",
        "Chrome/120.0.0.0 Safari",
        "nginx-1.2.3.4",
        "nginx_1.2.3.4",
        "1.2.3.4-beta",
        "第1.2.3.4節",
        "1.2.3.4章",
        "en-US; rv:1.9.2.3) Gecko",
        r"Drive\67.0.2.0\a",
        "abc1.2.3.4",
        "1.2.3.4abc",
        "....",
        "1...2...3...4",
    ] {
        check(text, &[]);
    }
    // Defanged on purpose: it is an address whatever stands before.
    check("version 1.2.3[.]4", &["ipv4 1.2.3.4"]);
    check("server 192.0.2.1", &["ipv4 192.0.2.1"]);
}

#[test]
fn ipv6_addresses_are_found_in_canonical_form() {
    check("2001:DB8:0:0:0:0:0:1", &["ipv6 2001:db8::1"]);
    check("2001:db8::1から", &["ipv6 2001:db8::1"]);
    check("[2001:db8::1]:443", &["ipv6 2001:db8::1"]);
    check("fe80::1%eth0", &["ipv6 fe80::1"]);
    check("2001:db8::/32", &["ipv6 2001:db8::"]);
    check("::1 と ::ffff:192.0.2.1", &["ipv6 ::1", "ipv6 ::ffff:192.0.2.1"]);
    check(
        "IPv6:2001:db8::5, addr=2001:db8::6.",
        &["ipv6 2001:db8::5", "ipv6 2001:db8::6"],
    );
    check("２００１：ｄｂ８：：１", &["ipv6 2001:db8::1"]);
    check("2001[:]db8[:]:1", &["ipv6 2001:db8::1"]);
    check("宛先: 2001:db8::1: 到達不能", &["ipv6 2001:db8::1"]);
    check("\"2001:db8:1:2:3:4:5:6\"", &["ipv6 2001:db8:1:2:3:4:5:6"]);
    for text in [
        "::",
        "12:34:56",
        "std::vector",
        "a::b",
        "Foo::Bar",
        "aa:bb:cc:dd:ee:ff",
        "00:11:22:33:44:55:66:77",
        "1:2",
        "dead::beef::1",
        "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "1:2:3:4:5:6:7:8:9",
        "12:34:56.789",
        "2001:db8::1x",
    ] {
        check(text, &[]);
    }
}

#[test]
fn traces_in_pasted_json_are_found() {
    check(
        r"Address:\t2001:db8:2d::d\r\n\tName:\tevil.example\r\n\tIp: 192.0.2.1\r\nnext.example.com",
        &[
            "ipv6 2001:db8:2d::d",
            "domain evil.example",
            "ipv4 192.0.2.1",
            "domain next.example.com",
        ],
    );
    check(
        r#""Image: C:\\Windows\\a.dll\r\nFileVersion: 10""#,
        &[r"filepath C:\Windows\a.dll", "filename a.dll"],
    );
    check(
        r"C:\\\\Windows\\\\a.dll",
        &[r"filepath C:\Windows\a.dll", "filename a.dll"],
    );
    check(
        r"dir\new.exe .\test.exe",
        &["filename new.exe", "filename test.exe"],
    );
}

#[test]
fn digests_are_found_whole() {
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    let sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let sha512 = format!("{sha256}{sha256}");
    check(
        &format!("{md5} {sha1} {sha256} {sha512}"),
        &[
            &format!("md5 {md5}"),
            &format!("sha1 {sha1}"),
            &format!("sha256 {sha256}"),
            &format!("sha512 {sha512}"),
        ],
    );
    check(
        &format!("MD5={},SHA256={sha256}", md5.to_uppercase()),
        &[&format!("md5 {md5}"), &format!("sha256 {sha256}")],
    );
    check(&format!("ハッシュ値は{md5}です"), &[&format!("md5 {md5}")]);
    check(&format!("sha256:{sha256}"), &[&format!("sha256 {sha256}")]);
    check(
        &format!("{sha256}.exe"),
        &[&format!("filename {sha256}.exe"), &format!("sha256 {sha256}")],
    );
    check(
        &format!("https://example.com/file/{sha256}/detail"),
        &[
            &format!("url https://example.com/file/{sha256}/detail"),
            "domain example.com",
            &format!("sha256 {sha256}"),
        ],
    );
    for text in [
        format!("{md5}0"),
        format!("x{md5}"),
        format!("{sha256}0"),
        "550e8400-e29b-41d4-a716-446655440000".to_owned(),
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
        "0".repeat(32),
        "12345678901234567890123456789012".to_owned(),
        "abcdefabcdefabcdefabcdefabcdefab".to_owned(),
    ] {
        check(&text, &[]);
    }
}

#[test]
fn vulnerabilities_are_found() {
    check("CVE-2024-3094", &["cve CVE-2024-3094"]);
    check("cve-2021-44228を悪用", &["cve CVE-2021-44228"]);
    check("ＣＶＥ－２０２１－４４２２８", &["cve CVE-2021-44228"]);
    check("CVE\u{2011}2021\u{2011}44228", &["cve CVE-2021-44228"]);
    check(
        "https://nvd.nist.gov/vuln/detail/CVE-2021-44228",
        &[
            "url https://nvd.nist.gov/vuln/detail/CVE-2021-44228",
            "domain nvd.nist.gov",
            "cve CVE-2021-44228",
        ],
    );
    check(
        "(CVE-2021-44228, CVE-2021-45046)",
        &["cve CVE-2021-44228", "cve CVE-2021-45046"],
    );
    check(
        "CVE-2021-44228-poc.zip",
        &["filename CVE-2021-44228-poc.zip", "cve CVE-2021-44228"],
    );
    check(
        "CVE-2021-123 CVE-21-44228 CVE-2021-4422x XCVE-2021-44228 CVE-3021-44228 CVE-2021-",
        &[],
    );
}
