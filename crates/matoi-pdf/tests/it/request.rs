//! Requests in JSON, as the child process gets them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use matoi_pdf::incident::{ReportKind, shipped_template};
use matoi_pdf::{Error, Format, Meta, PdfProfile, Request, RequestPicture, Source};
use matoi_types::Lang;
use proptest::prelude::*;

use crate::{pdf, support};

fn request(format: Format) -> Request {
    Request {
        format,
        meta: Meta {
            title: "x".to_owned(),
            subtitle: None,
            organisation: "みなと野精機株式会社".to_owned(),
            lang: Lang::Ja,
            created: "2026-12-04T08:30:00Z".parse().unwrap(),
        },
        control: Some(support::control(ReportKind::Interim, Lang::Ja)),
        source: Source::Template {
            template: shipped_template(ReportKind::Interim, Lang::Ja),
            data: serde_json::to_value(support::incident(Lang::Ja, 0)).unwrap(),
        },
        pictures: Vec::new(),
        layout: None,
        profile: PdfProfile::Archive,
    }
}

#[test]
fn every_format_is_made_from_a_request_in_json() {
    for (format, extension, start) in [
        (Format::Pdf, "pdf", b"%PDF-1.7".as_slice()),
        (Format::Docx, "docx", b"PK".as_slice()),
        (Format::Markdown, "md", "# インシデント対応 中間報告書".as_bytes()),
    ] {
        let json = serde_json::to_vec(&request(format)).unwrap();
        let output = support::renderer().render_json(&json).unwrap();
        assert_eq!(output.extension, extension);
        assert!(output.bytes.starts_with(start), "{:?}", output.bytes.get(..16));
        assert_eq!(output.pages.is_some(), format == Format::Pdf);
    }
}

#[test]
fn markdown_that_a_person_edited_is_a_source_too() {
    let mut request = request(Format::Markdown);
    request.source = Source::Markdown {
        text: "# 手で書いた題\n\n## 節\n\n![図](map)\n".to_owned(),
    };
    request.pictures = vec![RequestPicture {
        name: "map".to_owned(),
        base64: STANDARD.encode(pdf::png()),
    }];
    let output = support::renderer().render(&request).unwrap();
    let text = String::from_utf8(output.bytes).unwrap();
    assert!(
        text.starts_with("# 手で書いた題\n") && text.contains("## 1 節"),
        "{text}"
    );
    request.format = Format::Pdf;
    assert_eq!(
        support::renderer().render(&request).unwrap().warnings,
        Vec::<String>::new()
    );
    request.pictures[0].base64 = "***".to_owned();
    assert!(matches!(
        support::renderer().render(&request),
        Err(Error::Image { .. })
    ));
}

#[test]
fn a_malformed_request_says_where() {
    let error = support::renderer()
        .render_json(b"{\"format\": \"pdf\",\n \"meta\": 3}")
        .unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    let json = serde_json::to_string(&error).unwrap();
    assert_eq!(serde_json::from_str::<Error>(&json).unwrap(), error);
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes: Vec<u8>) {
        let _ = support::renderer().render_json(&bytes);
    }
}
