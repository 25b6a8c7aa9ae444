//! A mail as the page of its report shows it: who claims to have sent what, and what is odd about it.

use askama::Template;
use matoi_core::intake::mail::{MailRole, MailSheet, ReceivedMail};
use matoi_types::MailId;

use crate::desk::words::FileMark;
use crate::ui::{Markup, Ui};

/// A mail of a report.
pub(in crate::desk) struct MailView {
    pub(in crate::desk) mail: ReceivedMail,
    /// Its header and contents, as a part of the page.
    pub(in crate::desk) sheet: Markup,
    /// What is odd about it, the gravest first.
    pub(in crate::desk) marks: Vec<FileMark>,
    /// The passwords it tells, when they were asked for.
    pub(in crate::desk) told: Option<Vec<String>>,
}

impl MailView {
    pub(in crate::desk) fn new(ui: &Ui, mail: ReceivedMail, told: &Option<(MailId, Vec<String>)>) -> Self {
        let told = told
            .as_ref()
            .filter(|(id, _)| *id == mail.id)
            .map(|(_, passwords)| passwords.clone());
        Self {
            sheet: sheet(ui, &mail.sheet, 0),
            marks: all_marks(ui, &mail.sheet),
            told,
            mail,
        }
    }

    /// Whether the report began with it.
    pub(in crate::desk) fn is_report(&self) -> bool {
        self.mail.role == MailRole::Report
    }
}

/// How deep forwarded mails are shown; the original has all of them.
const MAX_DEPTH: usize = 5;

#[derive(Template)]
#[template(path = "desk/mail_sheet.html")]
struct SheetFragment<'a> {
    ui: &'a Ui,
    sheet: &'a MailSheet,
    inner: Vec<(Vec<FileMark>, Markup)>,
}

fn sheet(ui: &Ui, sheet_of: &MailSheet, depth: usize) -> Markup {
    let inner = if depth < MAX_DEPTH {
        sheet_of.inner.iter()
    } else {
        [].iter()
    };
    let fragment = SheetFragment {
        ui,
        sheet: sheet_of,
        inner: inner
            .map(|inner| (marks(ui, inner), sheet(ui, inner, depth + 1)))
            .collect(),
    };
    // A part that cannot be rendered is a defect, which the page says by its absence; the original is there.
    askama::filters::Safe(fragment.render().unwrap_or_default())
}

/// What is odd about a mail or about any that was forwarded in it: nobody has to open anything to be warned.
fn all_marks(ui: &Ui, sheet: &MailSheet) -> Vec<FileMark> {
    let mut all = marks(ui, sheet);
    let mut forwarded: Vec<&MailSheet> = sheet.inner.iter().collect();
    while let Some(inner) = forwarded.pop() {
        all.extend(marks(ui, inner).into_iter().map(|mark| FileMark {
            text: ui.t1("desk-mail-inner-is", "mark", mark.text),
            ..mark
        }));
        forwarded.extend(&inner.inner);
    }
    all
}

/// What a reader must know before believing a mail.
fn marks(ui: &Ui, sheet: &MailSheet) -> Vec<FileMark> {
    let counted = |key: &str, count: u64| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        ui.t1(key, "count", count)
    };
    let mut marks = Vec::new();
    let mut mark = |class, text| marks.push(FileMark { class, text });
    if sheet.from.iter().any(|from| from.shows_other) {
        mark("crit", ui.t("desk-mail-shows-other"));
    }
    if sheet.links.iter().any(|link| link.misleading) {
        mark("crit", ui.t("desk-mail-misleading"));
    }
    if sheet.password_fields > 0 {
        mark(
            "crit",
            counted("desk-mail-password-fields", sheet.password_fields),
        );
    } else if sheet.forms > 0 {
        mark("high", counted("desk-mail-forms", sheet.forms));
    }
    if sheet.hidden_characters > 0 {
        mark("high", counted("desk-mail-hidden", sheet.hidden_characters));
    }
    if sheet.remote_images > 0 {
        mark("mid", counted("desk-mail-remote-images", sheet.remote_images));
    }
    if !sheet.defects.is_empty() {
        mark("mid", counted("desk-mail-defects", sheet.defects.len() as u64));
    }
    marks
}
