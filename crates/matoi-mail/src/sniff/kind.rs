//! The kinds of content that are told apart, with the names other people give them.

use serde::{Deserialize, Serialize};

/// What some bytes really are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentKind {
    /// No bytes at all.
    Empty,
    /// None of the others.
    Unknown,
    /// Plain text of some sort.
    Text,
    /// HTML.
    Html,
    /// XML that is none of the others.
    Xml,
    /// SVG, which can hold scripts.
    Svg,
    /// A script that a workplace runs.
    Script,
    /// A mail.
    Mail,
    /// Calendar data.
    Calendar,
    /// Contact data.
    Contact,
    /// RTF.
    Rtf,
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// BMP.
    Bmp,
    /// TIFF.
    Tiff,
    /// WebP.
    Webp,
    /// HEIF, HEIC or AVIF.
    Heif,
    /// Windows icon.
    Icon,
    /// Audio.
    Audio,
    /// Video.
    Video,
    /// Zip that is none of the documents below.
    Zip,
    /// 7-Zip.
    SevenZip,
    /// RAR.
    Rar,
    /// Gzip.
    Gzip,
    /// Bzip2.
    Bzip2,
    /// XZ.
    Xz,
    /// Zstandard.
    Zstd,
    /// Tar.
    Tar,
    /// Microsoft cabinet.
    Cab,
    /// LHA, common in Japan.
    Lha,
    /// ARJ.
    Arj,
    /// ACE.
    Ace,
    /// ISO 9660 or UDF disk image.
    Iso,
    /// Virtual hard disk.
    Vhd,
    /// Word, before 2007.
    WordLegacy,
    /// Excel, before 2007.
    ExcelLegacy,
    /// PowerPoint, before 2007.
    PowerPointLegacy,
    /// Outlook message.
    OutlookMessage,
    /// Windows Installer.
    WindowsInstaller,
    /// Office document that is encrypted as a whole.
    EncryptedOffice,
    /// Another OLE compound file.
    OleOther,
    /// Word.
    Word,
    /// Excel.
    Excel,
    /// PowerPoint.
    PowerPoint,
    /// OpenDocument.
    OpenDocument,
    /// EPUB.
    Epub,
    /// Java archive.
    Jar,
    /// Android program.
    Apk,
    /// OneNote.
    OneNote,
    /// Windows program or library.
    WindowsProgram,
    /// Linux program or library.
    LinuxProgram,
    /// macOS program or library.
    MacProgram,
    /// Java class.
    JavaClass,
    /// Windows shortcut.
    Shortcut,
    /// Windows internet shortcut.
    InternetShortcut,
    /// Compiled HTML help.
    HtmlHelp,
    /// Outlook's `winmail.dat`.
    Tnef,
    /// PGP message or key.
    Pgp,
    /// Certificate or PKCS #7 in text form.
    Pem,
}

/// A kind, its media type, and what senders call it.
pub(super) struct KindNames {
    pub(super) kind: ContentKind,
    pub(super) media_type: &'static str,
    /// Lower-case extensions; the first is the usual one.
    pub(super) extensions: &'static [&'static str],
    /// Further media types, beside the first, that mean it.
    pub(super) other_types: &'static [&'static str],
}

const fn names(
    kind: ContentKind,
    media_type: &'static str,
    extensions: &'static [&'static str],
    other_types: &'static [&'static str],
) -> KindNames {
    KindNames {
        kind,
        media_type,
        extensions,
        other_types,
    }
}

use ContentKind as K;

/// Every kind but `Empty` and `Unknown`.
pub(super) static KINDS: &[KindNames] = &[
    names(
        K::Text,
        "text/plain",
        &[
            "txt", "csv", "tsv", "log", "md", "json", "yaml", "yml", "ini", "conf", "diff", "patch", "tex",
            "css", "srt",
        ],
        &[
            "text/csv",
            "application/json",
            "text/markdown",
            "text/x-log",
            "text/css",
        ],
    ),
    names(
        K::Html,
        "text/html",
        &["html", "htm", "xhtml", "shtml", "mht", "mhtml"],
        &["application/xhtml+xml"],
    ),
    names(
        K::Xml,
        "text/xml",
        &["xml", "xsl", "xsd", "rss", "plist", "kml", "gpx", "config"],
        &["application/xml"],
    ),
    names(K::Svg, "image/svg+xml", &["svg"], &[]),
    names(
        K::Script,
        "application/x-script",
        &[
            "js",
            "jse",
            "vbs",
            "vbe",
            "vb",
            "wsf",
            "wsh",
            "wsc",
            "sct",
            "hta",
            "ps1",
            "psm1",
            "psd1",
            "bat",
            "cmd",
            "sh",
            "py",
            "pl",
            "rb",
            "php",
            "reg",
            "inf",
            "iqy",
            "slk",
            "jnlp",
            "settingcontent-ms",
        ],
        &[
            "text/javascript",
            "application/javascript",
            "application/x-javascript",
            "text/vbscript",
            "application/hta",
            "application/x-sh",
            "application/x-bat",
        ],
    ),
    names(
        K::Mail,
        "message/rfc822",
        &["eml", "mht", "mhtml", "emlx"],
        &["message/global", "multipart/related"],
    ),
    names(
        K::Calendar,
        "text/calendar",
        &["ics", "vcs", "ifb"],
        &["application/ics"],
    ),
    names(K::Contact, "text/vcard", &["vcf"], &["text/x-vcard"]),
    names(K::Rtf, "application/rtf", &["rtf"], &["text/rtf"]),
    names(K::Pdf, "application/pdf", &["pdf", "ai"], &["application/x-pdf"]),
    names(K::Png, "image/png", &["png", "apng"], &["image/x-png"]),
    names(
        K::Jpeg,
        "image/jpeg",
        &["jpg", "jpeg", "jpe", "jfif"],
        &["image/jpg", "image/pjpeg"],
    ),
    names(K::Gif, "image/gif", &["gif"], &[]),
    names(K::Bmp, "image/bmp", &["bmp", "dib"], &["image/x-ms-bmp"]),
    names(K::Tiff, "image/tiff", &["tif", "tiff", "dng", "nef"], &[]),
    names(K::Webp, "image/webp", &["webp"], &[]),
    names(
        K::Heif,
        "image/heif",
        &["heic", "heif", "avif"],
        &["image/heic", "image/avif"],
    ),
    names(
        K::Icon,
        "image/vnd.microsoft.icon",
        &["ico", "cur"],
        &["image/x-icon"],
    ),
    names(
        K::Audio,
        "audio/mpeg",
        &["mp3", "wav", "ogg", "flac", "m4a", "aac", "amr", "aiff"],
        &["audio/*"],
    ),
    names(
        K::Video,
        "video/mp4",
        &[
            "mp4", "mov", "m4v", "avi", "mkv", "webm", "wmv", "3gp", "mpg", "mpeg",
        ],
        &["video/*"],
    ),
    names(
        K::Zip,
        "application/zip",
        &[
            "zip", "kmz", "xpi", "nupkg", "whl", "crx", "msix", "appx", "jtdc", "xdw",
        ],
        &[
            "application/x-zip-compressed",
            "application/x-zip",
            "multipart/x-zip",
        ],
    ),
    names(K::SevenZip, "application/x-7z-compressed", &["7z"], &[]),
    names(
        K::Rar,
        "application/vnd.rar",
        &["rar", "r00", "cbr"],
        &["application/x-rar-compressed", "application/x-rar"],
    ),
    names(
        K::Gzip,
        "application/gzip",
        &["gz", "tgz", "svgz"],
        &["application/x-gzip", "application/x-compressed-tar"],
    ),
    names(
        K::Bzip2,
        "application/x-bzip2",
        &["bz2", "tbz2"],
        &["application/bzip2"],
    ),
    names(K::Xz, "application/x-xz", &["xz", "txz"], &[]),
    names(K::Zstd, "application/zstd", &["zst"], &[]),
    names(K::Tar, "application/x-tar", &["tar"], &[]),
    names(K::Cab, "application/vnd.ms-cab-compressed", &["cab"], &[]),
    names(
        K::Lha,
        "application/x-lzh-compressed",
        &["lzh", "lha"],
        &["application/x-lha"],
    ),
    names(K::Arj, "application/x-arj", &["arj"], &[]),
    names(K::Ace, "application/x-ace-compressed", &["ace"], &[]),
    names(
        K::Iso,
        "application/x-iso9660-image",
        &["iso", "img", "udf"],
        &["application/x-cd-image"],
    ),
    names(K::Vhd, "application/x-vhd", &["vhd", "vhdx"], &[]),
    names(K::WordLegacy, "application/msword", &["doc", "dot", "wps"], &[]),
    names(
        K::ExcelLegacy,
        "application/vnd.ms-excel",
        &["xls", "xlt", "xla", "xlm"],
        &["application/msexcel"],
    ),
    names(
        K::PowerPointLegacy,
        "application/vnd.ms-powerpoint",
        &["ppt", "pps", "pot"],
        &[],
    ),
    names(
        K::OutlookMessage,
        "application/vnd.ms-outlook",
        &["msg", "oft"],
        &[],
    ),
    names(
        K::WindowsInstaller,
        "application/x-msi",
        &["msi", "msp", "mst"],
        &[],
    ),
    names(
        K::EncryptedOffice,
        "application/encrypted",
        &[
            "docx", "docm", "xlsx", "xlsm", "xlsb", "pptx", "pptm", "doc", "xls", "ppt",
        ],
        &[
            "application/vnd.openxmlformats-officedocument*",
            "application/msword",
            "application/vnd.ms-excel*",
            "application/vnd.ms-powerpoint*",
            "application/vnd.ms-word*",
        ],
    ),
    names(
        K::OleOther,
        "application/x-ole-storage",
        &["vsd", "pub", "mpp", "jtd", "db", "hwp"],
        &["application/vnd.visio"],
    ),
    names(
        K::Word,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx", "docm", "dotx", "dotm"],
        &["application/vnd.ms-word*"],
    ),
    names(
        K::Excel,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx", "xlsm", "xlsb", "xltx", "xltm", "xlam"],
        &["application/vnd.ms-excel*"],
    ),
    names(
        K::PowerPoint,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "ppam"],
        &["application/vnd.ms-powerpoint*"],
    ),
    names(
        K::OpenDocument,
        "application/vnd.oasis.opendocument.text",
        &["odt", "ods", "odp", "odg", "ott", "ots"],
        &["application/vnd.oasis.opendocument*"],
    ),
    names(K::Epub, "application/epub+zip", &["epub"], &[]),
    names(
        K::Jar,
        "application/java-archive",
        &["jar", "war", "ear"],
        &["application/x-java-archive"],
    ),
    names(K::Apk, "application/vnd.android.package-archive", &["apk"], &[]),
    names(
        K::OneNote,
        "application/onenote",
        &["one", "onetoc2", "onepkg"],
        &["application/msonenote"],
    ),
    names(
        K::WindowsProgram,
        "application/vnd.microsoft.portable-executable",
        &[
            "exe", "dll", "scr", "com", "cpl", "sys", "ocx", "pif", "xll", "efi", "drv", "mui", "ax",
        ],
        &[
            "application/x-msdownload",
            "application/x-dosexec",
            "application/x-msdos-program",
            "application/exe",
        ],
    ),
    names(
        K::LinuxProgram,
        "application/x-executable",
        &["so", "elf", "o", "ko", "bin"],
        &["application/x-elf", "application/x-sharedlib"],
    ),
    names(
        K::MacProgram,
        "application/x-mach-binary",
        &["dylib", "bundle"],
        &[],
    ),
    names(K::JavaClass, "application/java-vm", &["class"], &[]),
    names(K::Shortcut, "application/x-ms-shortcut", &["lnk"], &[]),
    names(
        K::InternetShortcut,
        "application/x-mswinurl",
        &["url", "website"],
        &["application/internet-shortcut"],
    ),
    names(K::HtmlHelp, "application/vnd.ms-htmlhelp", &["chm"], &[]),
    names(
        K::Tnef,
        "application/ms-tnef",
        &["dat", "tnef"],
        &["application/vnd.ms-tnef"],
    ),
    names(
        K::Pgp,
        "application/pgp-encrypted",
        &["asc", "pgp", "gpg", "sig"],
        &["application/pgp-signature", "application/pgp-keys"],
    ),
    names(
        K::Pem,
        "application/x-pem-file",
        &["pem", "crt", "cer", "key", "p7s", "p7m", "p7c", "csr"],
        &[
            "application/pkcs7-mime",
            "application/pkcs7-signature",
            "application/x-x509-ca-cert",
        ],
    ),
];

impl ContentKind {
    /// The media type registered or used for this kind.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Empty => "application/x-empty",
            Self::Unknown => "application/octet-stream",
            other => KINDS
                .iter()
                .find(|names| names.kind == other)
                .map_or("application/octet-stream", |names| names.media_type),
        }
    }

    /// Whether it packs other files: archives and disk images, not documents.
    #[must_use]
    pub fn is_archive(self) -> bool {
        matches!(
            self,
            Self::Zip
                | Self::SevenZip
                | Self::Rar
                | Self::Gzip
                | Self::Bzip2
                | Self::Xz
                | Self::Zstd
                | Self::Tar
                | Self::Cab
                | Self::Lha
                | Self::Arj
                | Self::Ace
                | Self::Iso
                | Self::Vhd
                | Self::Jar
                | Self::Apk
        )
    }

    /// Whether it is a zip on the outside.
    #[must_use]
    pub fn is_zip_container(self) -> bool {
        matches!(
            self,
            Self::Zip
                | Self::Word
                | Self::Excel
                | Self::PowerPoint
                | Self::OpenDocument
                | Self::Epub
                | Self::Jar
                | Self::Apk
        )
    }

    /// Whether opening it on a usual workplace runs something, or mounts or leads to something that runs.
    #[must_use]
    pub fn is_dangerous(self) -> bool {
        matches!(
            self,
            Self::Script
                | Self::WindowsProgram
                | Self::LinuxProgram
                | Self::MacProgram
                | Self::JavaClass
                | Self::Jar
                | Self::Apk
                | Self::WindowsInstaller
                | Self::Shortcut
                | Self::InternetShortcut
                | Self::HtmlHelp
                | Self::OneNote
                | Self::Iso
                | Self::Vhd
        )
    }

    /// Whether it is text to the eye, so that its name decides what it is used as.
    pub(super) fn is_textual(self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Html
                | Self::Xml
                | Self::Svg
                | Self::Script
                | Self::Mail
                | Self::Calendar
                | Self::Contact
                | Self::InternetShortcut
                | Self::Pgp
                | Self::Pem
        )
    }
}
