//! Writes the shipped reports as files for people to look at: set `MATOI_SAMPLES` to a directory.

use std::env;
use std::fs;
use std::path::PathBuf;

use matoi_pdf::incident::ReportKind;
use matoi_pdf::{PdfProfile, Pictures, write_docx};
use matoi_types::Lang;

use crate::support;

#[test]
fn samples_to_look_at() {
    let directory = env::var_os("MATOI_SAMPLES").map(PathBuf::from);
    for lang in [Lang::Ja, Lang::En] {
        for (kind, name) in [
            (ReportKind::Interim, "interim"),
            (ReportKind::Internal, "internal"),
            (ReportKind::External, "external"),
        ] {
            let document = support::report(kind, lang, 45);
            let pdf = support::renderer()
                .pdf(&document, &Pictures::new(), None, PdfProfile::Archive)
                .unwrap();
            assert_eq!(pdf.warnings, Vec::<String>::new(), "{name} {lang}");
            assert!(kind != ReportKind::Internal || pdf.pages >= 6);
            if let Some(directory) = &directory {
                let stem = directory.join(format!("{name}.{lang}"));
                fs::write(stem.with_extension(format!("{lang}.pdf")), &pdf.bytes).unwrap();
                let docx = write_docx(&document, &Pictures::new()).unwrap();
                fs::write(stem.with_extension(format!("{lang}.docx")), docx).unwrap();
            }
        }
    }
    if directory.is_none() {
        println!("skipped writing samples: MATOI_SAMPLES is not set");
    }
}
