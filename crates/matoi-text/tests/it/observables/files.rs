//! File names and paths.

use super::check;

#[test]
fn files_are_told_from_hosts() {
    check(
        "report.doc setup.exe README.md main.rs invoice.zip",
        &[
            "filename report.doc",
            "filename setup.exe",
            "filename README.md",
            "filename main.rs",
            "filename invoice.zip",
        ],
    );
    check("invoice.pdf.exeを実行", &["filename invoice.pdf.exe"]);
    check(
        "install.sh run.py movie.mov",
        &["filename install.sh", "filename run.py", "filename movie.mov"],
    );
    check(
        "evil[.]zip www.evil.zip evil.zip/login",
        &["domain evil.zip", "domain www.evil.zip", "url evil.zip/login"],
    );
    check("ドメイン invoice.zip に", &["domain invoice.zip"]);
    check("通信先：update.sh", &["domain update.sh"]);
    check("evil.co.rs", &["domain evil.co.rs"]);
    check(
        "onet.pl my_script.pl file: script.pl",
        &["domain onet.pl", "filename my_script.pl", "filename script.pl"],
    );
    check(
        "evil.web.app libc.so example.so",
        &["domain evil.web.app", "filename libc.so", "domain example.so"],
    );
    check("id_rsa.pub", &["filename id_rsa.pub"]);
    check(
        "1.2.3.4.zip example.com.exe",
        &["filename 1.2.3.4.zip", "filename example.com.exe"],
    );
    check("evil[.]exe", &["filename evil.exe"]);
    check(
        "main.rs:42:10 foo.py:12",
        &["filename main.rs", "filename foo.py"],
    );
    check(
        "src/main.rs ./run.sh temp\\evil.exe",
        &["filename main.rs", "filename run.sh", "filename evil.exe"],
    );
    check(
        "cmd.exe /c powershell.exe -enc AAAA",
        &["filename cmd.exe", "filename powershell.exe"],
    );
}

#[test]
fn japanese_file_names_are_found() {
    check("請求書.xlsx", &["filename 請求書.xlsx"]);
    check("添付の請求書.xlsxを開いた", &["filename 請求書.xlsx"]);
    check("会議の資料.xlsxを開いた", &["filename 会議の資料.xlsx"]);
    check("添付ファイルは請求書.xlsxでした", &["filename 請求書.xlsx"]);
    check("「添付の請求書.xlsx」", &["filename 添付の請求書.xlsx"]);
    check("「請求書 2026年.xlsx」を", &["filename 請求書 2026年.xlsx"]);
    check("\"my report.doc\" was", &["filename my report.doc"]);
    check("\"please open the report.doc\"", &["filename report.doc"]);
    check(
        "請求書2026.xlsx、2026年度予算v2.xlsx",
        &["filename 請求書2026.xlsx", "filename 2026年度予算v2.xlsx"],
    );
    check("FY25予算.xlsx", &["filename FY25予算.xlsx"]);
    check("添付のreport.docを", &["filename report.doc"]);
    check("添付ファイルreport.docを", &["filename report.doc"]);
    check(
        "report.docと請求書.xlsx",
        &["filename report.doc", "filename 請求書.xlsx"],
    );
    check(
        "見積書(2).pdf 見積書（最新）.pdf 【重要】通知.zip",
        &[
            "filename 見積書(2).pdf",
            "filename 見積書（最新）.pdf",
            "filename 【重要】通知.zip",
        ],
    );
    check("（請求書.xlsx）", &["filename 請求書.xlsx"]);
    check("invoice (1).pdf", &["filename invoice (1).pdf"]);
    check(
        "お知らせ.txt 私の履歴書について.doc",
        &["filename お知らせ.txt", "filename 私の履歴書について.doc"],
    );
    check("ｾｷｭﾘﾃｨ対策.pptx", &["filename ｾｷｭﾘﾃｨ対策.pptx"]);
    check(
        "203.0.113.5で請求書.pdfを",
        &["ipv4 203.0.113.5", "filename 請求書.pdf"],
    );
    check("日本語.zip", &["filename 日本語.zip"]);
}

#[test]
fn paths_are_found_with_their_files() {
    check(
        r"C:\Users\taro\社外秘 顧客リスト.xlsx を開いた",
        &[
            r"filepath C:\Users\taro\社外秘 顧客リスト.xlsx",
            "filename 社外秘 顧客リスト.xlsx",
        ],
    );
    check(
        r"C:\Users\taro\OneDrive - 株式会社 纏\資料\a.xlsx",
        &[
            r"filepath C:\Users\taro\OneDrive - 株式会社 纏\資料\a.xlsx",
            "filename a.xlsx",
        ],
    );
    check(
        r"C:\temp に a.doc を、C:\tools\run b.ps1",
        &[
            r"filepath C:\temp",
            "filename a.doc",
            r"filepath C:\tools\run",
            "filename b.ps1",
        ],
    );
    check(
        r"C:\Windows\Temp\evil.exeを実行",
        &[r"filepath C:\Windows\Temp\evil.exe", "filename evil.exe"],
    );
    check(
        r"C:\Program Files (x86)\App\a.exe を",
        &[r"filepath C:\Program Files (x86)\App\a.exe", "filename a.exe"],
    );
    check(
        "\"C:\\Users\\taro\\My Documents\\見積 1.xlsx\" x",
        &[
            r"filepath C:\Users\taro\My Documents\見積 1.xlsx",
            "filename 見積 1.xlsx",
        ],
    );
    check(
        r"C:\Users\山田\Desktop\請求書.docを",
        &[
            r"filepath C:\Users\山田\Desktop\請求書.doc",
            "filename 請求書.doc",
        ],
    );
    check(
        r#"{"path":"C:\\Windows\\System32\\cmd.exe"}"#,
        &[r"filepath C:\Windows\System32\cmd.exe", "filename cmd.exe"],
    );
    check(
        r"C:\Windows\System32\cmd.exe /c C:\a\b.exe -x",
        &[
            r"filepath C:\Windows\System32\cmd.exe",
            "filename cmd.exe",
            r"filepath C:\a\b.exe",
            "filename b.exe",
        ],
    );
    check(
        r"%APPDATA%\Microsoft\x.dll",
        &[r"filepath %APPDATA%\Microsoft\x.dll", "filename x.dll"],
    );
    check(
        r"\\fileserver\share\a.exe",
        &[r"filepath \\fileserver\share\a.exe", "filename a.exe"],
    );
    check(
        r"\\203.0.113.5\c$\a.exe",
        &[
            r"filepath \\203.0.113.5\c$\a.exe",
            "ipv4 203.0.113.5",
            "filename a.exe",
        ],
    );
    check(
        r#""\\\\fileserver\\share\\a.exe""#,
        &[r"filepath \\fileserver\share\a.exe", "filename a.exe"],
    );
    check(
        "/etc/passwd、/tmp/.x/evil.shを",
        &[
            "filepath /etc/passwd",
            "filepath /tmp/.x/evil.sh",
            "filename evil.sh",
        ],
    );
    check("は/usr/bin/curlで", &["filepath /usr/bin/curl"]);
    check(r"C:\tempに保存", &[r"filepath C:\temp"]);
    check(
        r"\d+\w \\n\\n \\ C:\ and/or TCP/IP /api/v1/login N/A 2026/11/20 //x /etc",
        &[],
    );
}
