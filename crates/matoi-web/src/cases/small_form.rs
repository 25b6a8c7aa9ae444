//! A form of a few fields, written once: it stands inside a page, and on a page of its own when it is refused, with what
//! was typed and what is wrong with it.

use askama::Template;

use crate::ui::{FieldErrors, Ui};

/// How a field is filled in.
#[derive(Debug, Clone)]
pub(super) enum Control {
    /// One line of at most so many characters.
    Line { max: usize },
    /// One line, with what fits what was typed offered by the program at `options`.
    Suggest { max: usize, options: String },
    /// Several lines.
    Text { rows: usize },
    /// A point in time.
    Time,
    /// One of these: value and words.
    Choice(Vec<(String, String)>),
    /// Yes or no.
    Check,
}

/// One field.
#[derive(Debug, Clone)]
pub(super) struct SmallField {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) value: String,
    pub(super) required: bool,
    pub(super) control: Control,
}

impl SmallField {
    /// What is wrong with it.
    fn error<'a>(&self, errors: &'a FieldErrors) -> Option<&'a str> {
        errors.at(&format!("/{}", self.name))
    }
}

/// The form.
#[derive(Debug, Clone, Template)]
#[template(path = "cases/small_form.html")]
pub(super) struct SmallForm {
    ui: Ui,
    /// Keeps the ids of several forms of one page apart. On a page of its own it is that of the error summary.
    prefix: &'static str,
    action: String,
    submit: String,
    note: String,
    version: Option<i64>,
    fields: Vec<SmallField>,
    errors: FieldErrors,
}

impl SmallForm {
    pub(super) fn new(ui: &Ui, action: &str, submit: &'static str) -> Self {
        Self {
            action: ui.to(action),
            submit: ui.t(submit),
            ui: ui.clone(),
            prefix: "f",
            note: String::new(),
            version: None,
            fields: Vec::new(),
            errors: FieldErrors::none(),
        }
    }

    pub(super) const fn with_prefix(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    pub(super) const fn with_version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    pub(super) fn with_note(mut self, key: &'static str) -> Self {
        self.note = self.ui.t(key);
        self
    }

    pub(super) fn with_errors(mut self, errors: FieldErrors) -> Self {
        self.errors = errors;
        self
    }

    /// Adds a field. `label` is a key.
    pub(super) fn field(
        mut self,
        name: &'static str,
        label: &'static str,
        value: &str,
        control: Control,
    ) -> Self {
        self.fields.push(SmallField {
            name,
            label: self.ui.t(label),
            hint: String::new(),
            value: value.to_owned(),
            required: false,
            control,
        });
        self
    }

    /// Explains the field added last.
    pub(super) fn hint(mut self, key: &'static str) -> Self {
        let hint = self.ui.t(key);
        if let Some(field) = self.fields.last_mut() {
            field.hint = hint;
        }
        self
    }

    /// The field added last has to be filled in.
    pub(super) fn required(mut self) -> Self {
        if let Some(field) = self.fields.last_mut() {
            field.required = true;
        }
        self
    }

    fn id(&self, field: &SmallField) -> String {
        format!("{}-{}", self.prefix, field.name.replace('_', "-"))
    }
}

/// A small form on a page of its own.
#[derive(Template)]
#[template(path = "cases/form_page.html")]
pub(super) struct FormPage {
    pub(super) ui: Ui,
    pub(super) title: String,
    /// Where it belongs: path and words.
    pub(super) above: (String, String),
    pub(super) form: SmallForm,
}

impl FormPage {
    pub(super) const fn errors(&self) -> &FieldErrors {
        &self.form.errors
    }
}
