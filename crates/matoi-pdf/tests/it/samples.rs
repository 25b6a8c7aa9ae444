//! Writes the shipped reports as files for people to look at: set `MATOI_SAMPLES` to a directory.

use std::env;
use std::fs;
use std::path::PathBuf;

use matoi_pdf::incident::ReportKind;
use matoi_pdf::sheet::{ByteOrderMark, write_csv, write_xlsx};
use matoi_pdf::{PdfProfile, Pictures, parse_markdown, write_docx};
use matoi_types::Lang;

use crate::{pdf, sheet, support};

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
            let made = support::renderer()
                .pdf(&document, &Pictures::new(), None, PdfProfile::Archive)
                .unwrap();
            assert_eq!(made.warnings, Vec::<String>::new(), "{name} {lang}");
            assert!(kind != ReportKind::Internal || made.pages >= 6);
            if let Some(directory) = &directory {
                let stem = directory.join(format!("{name}.{lang}"));
                fs::write(stem.with_extension(format!("{lang}.pdf")), &made.bytes).unwrap();
                let docx = write_docx(&document, &Pictures::new()).unwrap();
                fs::write(stem.with_extension(format!("{lang}.docx")), docx).unwrap();
            }
        }
    }
    if let Some(directory) = &directory {
        let mut every = support::report(ReportKind::External, Lang::Ja, 0);
        every.blocks = parse_markdown(include_str!("../data/every_block.md"))
            .unwrap()
            .blocks;
        let pictures = Pictures::from([("figure".to_owned(), pdf::png())]);
        let file = support::renderer()
            .pdf(&every, &pictures, None, PdfProfile::Archive)
            .unwrap();
        assert_eq!(file.warnings, Vec::<String>::new());
        fs::write(directory.join("every.pdf"), file.bytes).unwrap();
        fs::write(
            directory.join("every.docx"),
            write_docx(&every, &pictures).unwrap(),
        )
        .unwrap();
        let book = sheet::workbook(vec![sheet::cases()]);
        fs::write(directory.join("cases.xlsx"), write_xlsx(&book).unwrap()).unwrap();
        let csv = write_csv(&sheet::cases(), "Asia/Tokyo", ByteOrderMark::Present).unwrap();
        fs::write(directory.join("cases.csv"), csv).unwrap();
    } else {
        println!("skipped writing samples: MATOI_SAMPLES is not set");
    }
}
