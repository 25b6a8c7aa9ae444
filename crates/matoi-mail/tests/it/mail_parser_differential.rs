//! The same mails through the crate `mail-parser`, which reads lawful mails well. Every difference is listed with its reason.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mail_parser::{MessageParser, MimeHeaders};
use matoi_mail::{Limits, ParsedMail, parse};

/// What differs on purpose, by file and field, with the reason.
const DIFFERENT_ON_PURPOSE: &[(&str, &str, &str)] = &[
    ("words_cut_in_a_character", "subject", "decodes word by word"),
    ("jis_words_cut_in_a_shift", "subject", "decodes word by word"),
    ("undeclared_", "subject", "reads raw bytes as UTF-8"),
    ("undeclared_", "text", "reads undeclared text as UTF-8"),
    ("utf7", "subject", "decodes UTF-7"),
    ("utf7", "text", "decodes UTF-7"),
    ("declared_", "text", "trusts the declaration"),
    (
        "base64_garbage",
        "text",
        "gives up on foreign characters in base64",
    ),
    (
        "base64_garbage",
        "names",
        "gives up on foreign characters in base64",
    ),
    (
        "filename_",
        "names",
        "decodes sections and words one by one and reads raw bytes as UTF-8",
    ),
    ("flowed_delsp", "text", "leaves flowed lines as they are"),
    ("sample-6807", "text", "leaves flowed lines as they are"),
    (
        "sample-3863",
        "received",
        "sees no address where it stands in place of the name",
    ),
];

#[test]
fn mail_parser_reads_the_same() {
    let mails: Vec<PathBuf> = crate::support::fixture_mails()
        .into_iter()
        .chain(crate::support::shared_mails())
        .collect();
    let mut compared = BTreeMap::new();
    let mut differences = Vec::new();
    for path in &mails {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let raw = std::fs::read(path).unwrap();
        let ours = our_view(&parse(&raw, &Limits::default()));
        let Some(theirs) = MessageParser::default()
            .parse(&raw)
            .map(|message| their_view(&message))
        else {
            continue;
        };
        for (field, their_value) in theirs {
            let our_value = &ours[field];
            *compared.entry(field).or_insert(0) += 1;
            let is_known = DIFFERENT_ON_PURPOSE
                .iter()
                .any(|(file, what, _)| name.starts_with(file) && *what == field);
            if *our_value != their_value && !is_known {
                differences.push(format!(
                    "{name} {field}:\n  ours        {our_value:?}\n  mail-parser {their_value:?}"
                ));
            }
        }
    }
    println!("compared with mail-parser: {compared:?}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

type View = BTreeMap<&'static str, String>;

fn our_view(mail: &ParsedMail) -> View {
    let headers = &mail.headers;
    let hops: Vec<String> = headers
        .received
        .iter()
        .map(|hop| format!("{:?} {:?}", hop.by, hop.from_ip))
        .collect();
    let names: Vec<String> = mail
        .attachments
        .iter()
        .map(|attachment| {
            attachment
                .name
                .as_ref()
                .map_or_else(String::new, |name| name.original.clone())
        })
        .collect();
    View::from([
        ("subject", headers.subject.clone().unwrap_or_default()),
        ("message_id", headers.message_id.clone().unwrap_or_default()),
        (
            "date",
            headers
                .date
                .as_ref()
                .map(|date| (date.at.as_micros() / 1_000_000).to_string())
                .unwrap_or_default(),
        ),
        (
            "from",
            headers
                .from
                .first()
                .and_then(|mailbox| mailbox.address.clone())
                .unwrap_or_default(),
        ),
        ("received", hops.join(", ")),
        ("names", names.join(", ")),
        (
            "text",
            mail.body.text.as_deref().unwrap_or_default().trim().to_owned(),
        ),
    ])
}

fn their_view(message: &mail_parser::Message<'_>) -> View {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let hops: Vec<String> = message
        .header_values("Received")
        .filter_map(|value| value.as_received())
        .map(|hop| format!("{:?} {:?}", hop.by().map(|by| by.to_string()), hop.from_ip()))
        .collect();
    let names: Vec<String> = message
        .attachments()
        .map(|part| text(part.attachment_name()))
        .collect();
    let mut view = View::from([
        ("subject", text(message.subject()).trim().to_owned()),
        ("message_id", text(message.message_id())),
        (
            "from",
            text(
                message
                    .from()
                    .and_then(|from| from.first())
                    .and_then(|from| from.address()),
            ),
        ),
        ("received", hops.join(", ")),
        ("names", names.join(", ")),
    ]);
    if let Some(date) = message.date().filter(|date| date.is_valid()) {
        view.insert("date", date.to_timestamp().to_string());
    }
    // Only a genuine text part: HTML is converted by rules of its own.
    let is_text = message
        .text_part(0)
        .is_some_and(|part| part.is_text() && !part.is_text_html());
    if is_text && message.text_body_count() == 1 {
        view.insert(
            "text",
            text(message.body_text(0).as_deref())
                .replace("\r\n", "\n")
                .trim()
                .to_owned(),
        );
    }
    view
}
