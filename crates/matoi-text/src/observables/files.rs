//! File names, in Latin and Japanese.

use super::kind::ObservableKind;
use super::names::{after_last_particle, is_opening_quote};
use super::scan::{Scanner, is_foreign_letter};
use std::ops::Range;

/// Longest file name, in characters.
const MAX_NAME: usize = 255;

/// How far back a name in Japanese is followed, in characters.
const MAX_LOOK_BACK: usize = 80;

impl Scanner<'_> {
    /// A file whose name, as far as it is ASCII, is `range`. It may begin before that.
    pub(super) fn file(&mut self, range: Range<usize>) -> Option<usize> {
        let text = self.slice(range.clone());
        let (stem, extension) = text.rsplit_once('.')?;
        if text.len() > MAX_NAME || NOT_FILES.contains(&text.to_ascii_lowercase().as_str()) || stem.is_empty()
        {
            return None;
        }
        if self.slice(range.end..range.end + 2) == "()" {
            return None;
        }
        let dot = range.end - extension.len() - 1;
        let start = self.quoted_name_start(&range).unwrap_or_else(|| {
            // Japanese before Latin: `請求書2026.xlsx` and `請求書.pdf.exe` are one name, `添付のreport.doc` is not.
            let dotted = self.byte_before(range.start) == b'.' && self.letter_before(range.start - 1);
            let joined = dotted
                || self.letter_before(range.start)
                    && self.char_before(range.start).is_some_and(|c| !is_hiragana(c))
                    && stem.is_ascii();
            if joined {
                self.name_start(dot).min(range.start)
            } else {
                range.start
            }
        });
        self.add_file(start..range.end);
        None
    }

    /// A file whose name ends in another script before the last dot, at `dot`.
    pub(super) fn foreign_file(&mut self, dot: usize, end: usize) -> Option<usize> {
        let start = self
            .quoted_name_start(&(dot..end))
            .unwrap_or_else(|| self.name_start(dot));
        if start < dot {
            self.add_file(start..end);
        }
        None
    }

    fn add_file(&mut self, range: Range<usize>) {
        let value = self.slice(range.clone());
        if value.chars().count() <= MAX_NAME {
            self.add(ObservableKind::Filename, value.to_owned(), None, range);
        }
    }

    /// `「請求書 2026年.xlsx」`: what quotes enclose is the whole name, spaces and all, unless it reads like a
    /// sentence.
    fn quoted_name_start(&self, range: &Range<usize>) -> Option<usize> {
        let opening: &[char] = match self.char_at(range.end)? {
            '」' => &['「'],
            '』' => &['『'],
            '"' => &['"'],
            '”' => &['“'],
            '\'' => &['\''],
            '`' => &['`'],
            '＂' => &['＂'],
            _ => return None,
        };
        let before = self.slice(self.floor.min(range.start)..range.start);
        let mut spaces = 0;
        let mut start = range.start;
        for c in before.chars().rev().take(MAX_LOOK_BACK) {
            if opening.contains(&c) {
                let first = self.char_at(start)?;
                return (start < range.start && !first.is_whitespace()).then_some(start);
            }
            spaces += usize::from(c == ' ' || c == '　');
            let ends = c.is_control()
                || matches!(c, '/' | '\\' | ':' | '|' | '<' | '>' | '」' | '』' | '。')
                || spaces > 2;
            if ends {
                return None;
            }
            start -= c.len_utf8();
        }
        None
    }

    /// Where a name begins whose last dot is at `dot`, if it is in Japanese: back over letters, digits, the
    /// signs of names and brackets that close, then forward over what is rather the sentence's.
    fn name_start(&self, dot: usize) -> usize {
        let text = self.slice(self.floor.min(dot)..dot);
        let mut open_brackets: Vec<char> = Vec::new();
        let mut start = dot;
        let mut whole = dot;
        for c in text.chars().rev().take(MAX_LOOK_BACK) {
            match opening_bracket(c) {
                Some(opening) => open_brackets.push(opening),
                None if open_brackets.last() == Some(&c) => {
                    open_brackets.pop();
                }
                None if is_name_char(c) => {}
                // `invoice (1).pdf`
                None if c == ' ' && open_brackets.is_empty() && self.byte(start) == b'(' => {}
                None => break,
            }
            start -= c.len_utf8();
            if open_brackets.is_empty() && c != ' ' {
                whole = start;
            }
        }
        self.without_sentence(whole, dot)
    }

    fn without_sentence(&self, start: usize, dot: usize) -> usize {
        let before = self.char_before(start);
        if before.is_some_and(is_opening_quote) {
            return start;
        }
        let mut start = start + after_last_particle(self.slice(start..dot));
        // Behind another trace or a Latin word the particle is the sentence's: `a.docと請求書.xlsx`.
        if (start == self.floor || before.is_some_and(|c| c.is_ascii_alphanumeric()))
            && let Some(rest) = self
                .slice(start..dot)
                .strip_prefix(['の', 'と', 'や', 'も', 'は', 'が', 'を', 'に', 'で', 'へ'])
            && !rest.is_empty()
        {
            start = dot - rest.len();
        }
        if let Some(rest) = LEADS
            .iter()
            .find_map(|lead| self.slice(start..dot).strip_prefix(lead))
            && !rest.is_empty()
        {
            start = dot - rest.len();
        }
        let name = self.slice(start..dot);
        for word in ["添付ファイル", "ファイル名", "ファイル", "添付"] {
            if let Some(rest) = name.strip_prefix(word)
                && rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            {
                return dot - rest.len();
            }
        }
        dot - name
            .trim_start_matches(['.', '-', '・', 'ー', '~', '〜', '～', '+', '&'])
            .len()
    }
}

fn opening_bracket(c: char) -> Option<char> {
    match c {
        ')' => Some('('),
        '）' => Some('（'),
        '】' => Some('【'),
        '］' => Some('［'),
        ']' => Some('['),
        '〕' => Some('〔'),
        _ => None,
    }
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || is_foreign_letter(c)
        || matches!(
            c,
            '-' | '_' | '.' | '~' | '+' | '&' | '・' | '〜' | '～' | '＿' | '－' | '＆'
        )
}

fn is_hiragana(c: char) -> bool {
    ('\u{3041}'..='\u{309F}').contains(&c)
}

/// Whether a last label, lower case, is the extension of a file.
pub(super) fn is_file_extension(last: &str) -> bool {
    EXTENSIONS.binary_search(&last).is_ok()
}

/// Whether a name whose extension is a public suffix too is rather a file.
pub(super) fn is_mostly_file(last: &str, name: &str) -> bool {
    match last {
        "cab" | "dot" | "java" | "md" | "mov" | "py" | "rs" | "sh" | "zip" => true,
        "pub" => name.starts_with("id"),
        "so" => name.starts_with("lib"),
        _ => false,
    }
}

/// Words of a sentence that lead to a name.
const LEADS: &[&str] = &[
    "添付の",
    "別添の",
    "同封の",
    "中の",
    "以下の",
    "下記の",
    "上記の",
    "次の",
    "この",
    "その",
    "当該",
];

/// Names of programs and expressions with the shape of a file.
const NOT_FILES: &[&str] = &[
    "console.log",
    "d3.js",
    "express.js",
    "next.js",
    "node.js",
    "nuxt.js",
    "react.js",
    "three.js",
    "vue.js",
];

/// Extensions of files that turn up in incidents, sorted. `com` is left out: it is a host nearly always.
const EXTENSIONS: &[&str] = &[
    "7z", "accdb", "ace", "ai", "apk", "app", "appx", "arj", "asc", "asp", "aspx", "avi", "bak", "bash",
    "bat", "bin", "bmp", "bz2", "cab", "cc", "cer", "cfg", "chm", "class", "cmd", "conf", "cpl", "cpp",
    "crt", "cs", "css", "csv", "dat", "db", "deb", "dll", "dmg", "dmp", "doc", "docm", "docx", "dot", "dotm",
    "dotx", "drv", "dwg", "dxf", "dylib", "efi", "elf", "eml", "etl", "evt", "evtx", "exe", "gif", "go",
    "gpg", "gz", "hlp", "hta", "htm", "html", "ico", "ics", "img", "inf", "ini", "ipa", "ipynb", "iso",
    "jar", "java", "jpeg", "jpg", "js", "jse", "json", "jsp", "jspx", "jsx", "jtd", "jtt", "kdbx", "key",
    "kt", "lnk", "log", "lz", "lzh", "mail", "md", "mdb", "mht", "mhtml", "mkv", "mov", "mp3", "mp4", "msg",
    "msi", "msix", "msp", "ocx", "odp", "ods", "odt", "one", "ost", "ova", "p12", "pcap", "pcapng", "pdb",
    "pdf", "pem", "pfx", "php", "pkg", "pl", "plist", "png", "ppam", "pps", "ppsm", "ppsx", "ppt", "pptm",
    "pptx", "ps", "ps1", "psd", "psm1", "pst", "pub", "py", "pyc", "rar", "raw", "rb", "reg", "rpm", "rs",
    "rtf", "scr", "sct", "sh", "so", "sql", "sqlite", "svg", "swf", "sys", "tar", "tbz", "tgz", "tif",
    "tiff", "tmp", "toml", "ts", "tsv", "tsx", "txt", "vbe", "vbs", "vcf", "vhd", "vhdx", "vmdk", "war",
    "wav", "webp", "wmv", "wsf", "wsh", "xbd", "xdw", "xhtml", "xlam", "xll", "xls", "xlsb", "xlsm", "xlsx",
    "xml", "xps", "xsl", "xz", "yaml", "yar", "yara", "yml", "z", "zip", "zst",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_sorted_for_the_search() {
        assert!(EXTENSIONS.is_sorted());
    }
}
