//! The same mails through Python's `email` package: structure, names, texts and header fields must agree where Python is right.
//! Where Python cannot read something strictly (Microsoft's extensions, characters cut between words), it says nothing and
//! nothing is compared.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use matoi_mail::{Limits, ParsedMail, PartRole, parse};
use serde_json::Value;

const SCRIPT: &str = r#"
import email, email.policy, json, sys

def strict(text):
    if text is None: return None
    text = str(text)
    return None if '=?' in text or any(0xD800 <= ord(c) <= 0xDFFF or c == '\ufffd' for c in text) else text

def walk(part):
    # The groups of fields in a delivery report are no parts to anybody else.
    yield part
    if part.is_multipart() and part.get_content_type() != 'message/delivery-status':
        for child in part.get_payload(): yield from walk(child)

def attempt(function):
    try: return function()
    except Exception: return None

CODECS = {'shift_jis': 'cp932', 'windows-31j': 'cp932', 'iso-2022-jp': 'iso2022_jp', 'us-ascii': 'ascii'}

def text_of(part):
    raw = part.get_payload(decode=True)
    charset = str(part.get_content_charset() or 'ascii')
    return attempt(lambda: raw.decode(CODECS.get(charset, charset), 'strict'))

def addresses(message):
    return [[strict(a.display_name) or '', a.addr_spec] for a in message['from'].addresses]

result = {}
for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    parts, texts = [], []
    for part in walk(message):
        kind = part.get_content_type()
        name = strict(attempt(part.get_filename))
        parts.append([kind, name])
    for part in walk(message):
        if part.get_content_maintype() == 'message': break
        if part.get_content_type() == 'text/plain' and not part.get_filename() and part.get_content_disposition() != 'attachment':
            texts.append(text_of(part))
    result[path] = {
        'parts': parts,
        'text': None if any(t is None for t in texts) else '\n'.join(texts),
        'flowed': 'flowed' in str(message.get('content-type', '')) or any('flowed' in str(p.get('content-type', '')) for p in walk(message)),
        'subject': strict(attempt(lambda: message['subject'])),
        'from': attempt(lambda: addresses(message)),
        'date': attempt(lambda: int(message['date'].datetime.timestamp())),
        'message_id': strict(attempt(lambda: message['message-id'])),
        'received': attempt(lambda: len(message.get_all('received', []))),
        'defects': [type(d).__name__ for part in walk(message) for d in part.defects],
    }
json.dump(result, sys.stdout)
"#;

/// What differs on purpose, by file and field, with the reason.
const DIFFERENT_ON_PURPOSE: &[(&str, &str, &str)] = &[
    ("declared_ascii_is_cp932", "text", "Python trusts the declaration"),
    ("undeclared_", "text", "Python does not guess"),
    ("undeclared_", "subject", "Python does not guess"),
    ("utf7", "text", "UTF-7 is not decoded on purpose"),
    ("utf7", "subject", "UTF-7 is not decoded on purpose"),
    (
        "base64_garbage",
        "text",
        "Python gives up on groups that hold foreign characters",
    ),
    (
        "filename_tricks",
        "parts",
        "Python takes the backslashes of a path for escapes",
    ),
    (
        "jis_words_cut_in_a_shift",
        "subject",
        "Python decodes word by word",
    ),
    (
        "no_boundary",
        "text",
        "Python shows nothing of a multipart without parts",
    ),
    (
        "wrong_boundary",
        "text",
        "Python shows nothing of a multipart without parts",
    ),
    ("sample-1418", "from", "Python takes a bare name for an address"),
    ("sample-2117", "from", "Python takes a bare name for an address"),
    (
        "sample-2886",
        "from",
        "Python takes a bare name for an address and drops one that ends in a dot",
    ),
    (
        "sample-3550",
        "from",
        "Python puts a space where a character was cut between two words",
    ),
];

#[test]
fn python_reads_the_same() {
    let mails: Vec<PathBuf> = crate::support::fixture_mails()
        .into_iter()
        .chain(crate::support::shared_mails())
        .collect();
    let Some(python) = run_python(&mails) else {
        println!("skipped: no python3");
        return;
    };
    let mut compared = BTreeMap::new();
    let mut differences = Vec::new();
    for path in &mails {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let theirs = &python[path.to_str().unwrap()];
        let mail = parse(&std::fs::read(path).unwrap(), &Limits::default());
        for (field, ours) in our_view(&mail, theirs) {
            let theirs = their_view(&theirs[field.as_str()], &field);
            if theirs.is_null() {
                continue;
            }
            *compared.entry(field.clone()).or_insert(0) += 1;
            let is_known = DIFFERENT_ON_PURPOSE
                .iter()
                .any(|(file, what, _)| name.starts_with(file) && *what == field);
            if ours != theirs && !is_known {
                differences.push(format!("{name} {field}:\n  ours   {ours}\n  python {theirs}"));
            }
        }
    }
    println!("compared with python: {compared:?}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn run_python(mails: &[PathBuf]) -> Option<Value> {
    let output = Command::new("python3")
        .arg("-c")
        .arg(SCRIPT)
        .args(mails)
        .output()
        .ok()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn our_view(mail: &ParsedMail, theirs: &Value) -> Vec<(String, Value)> {
    let headers = &mail.headers;
    let mut parts = Vec::new();
    flatten(mail, &mut parts, &theirs["parts"]);
    let from: Vec<Value> = headers
        .from
        .iter()
        .map(|mailbox| {
            serde_json::json!([
                mailbox.name.clone().unwrap_or_default(),
                mailbox.address.clone().unwrap_or_default()
            ])
        })
        .collect();
    let mut view = vec![
        ("parts".to_owned(), Value::from(parts)),
        (
            "subject".to_owned(),
            headers
                .subject
                .clone()
                .map_or(Value::Null, |subject| plain(&subject).into()),
        ),
        ("from".to_owned(), Value::from(from)),
        ("received".to_owned(), Value::from(headers.received.len())),
        (
            "message_id".to_owned(),
            headers.message_id.clone().map_or(Value::Null, Value::from),
        ),
    ];
    if let Some(date) = &headers.date {
        view.push(("date".to_owned(), Value::from(date.at.as_micros() / 1_000_000)));
    }
    if theirs["flowed"] == false {
        view.push((
            "text".to_owned(),
            plain(mail.body.text.as_deref().unwrap_or_default()).into(),
        ));
    }
    view
}

/// Parts in Python's order: a forwarded mail is followed by its own parts. Names that Python could not read are left out.
fn flatten(mail: &ParsedMail, out: &mut Vec<Value>, theirs: &Value) {
    for part in &mail.parts {
        let attachment = mail
            .attachments
            .iter()
            .find(|attachment| attachment.part == part.path);
        let name = attachment
            .and_then(|attachment| attachment.name.as_ref())
            .map(|name| name.original.clone());
        let their_name = &theirs[out.len()][1];
        let name = if their_name.is_null() {
            Value::Null
        } else {
            name.map_or(Value::Null, Value::from)
        };
        out.push(serde_json::json!([part.content_type, name]));
        let is_message = part.content_type == "message/rfc822";
        if let Some(inner) = attachment
            .and_then(|attachment| attachment.inner)
            .filter(|_| part.role == PartRole::Mail && is_message)
        {
            flatten(&mail.inner[inner], out, theirs);
        }
    }
}

fn their_view(value: &Value, field: &str) -> Value {
    match (field, value.as_str()) {
        ("message_id", Some(text)) => Value::from(text.trim().trim_start_matches('<').trim_end_matches('>')),
        (_, Some(text)) => Value::from(plain(text)),
        _ => value.clone(),
    }
}

/// Without differences that both sides are entitled to: line ends, space at the ends, and the characters that Unicode's and
/// Microsoft's tables map differently.
fn plain(text: &str) -> String {
    let same: String = text
        .replace("\r\n", "\n")
        .chars()
        .map(|c| match c {
            '〜' => '～',
            '−' => '－',
            '‖' => '∥',
            '—' => '―',
            c => c,
        })
        .collect();
    same.trim().to_owned()
}
