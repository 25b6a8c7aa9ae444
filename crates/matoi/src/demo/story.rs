//! The story: acts of a data file, done one after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value as Json;

use super::person::Person;
use super::{People, Samples, Shown};
use crate::failure::{Exit, Failure, Outcome};

/// How often something that is made in the background is asked for, and for how long.
const ASK_AGAIN: Duration = Duration::from_millis(250);
const ASK_AT_MOST: u32 = 480;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    acts: Vec<Act>,
}

/// Something that somebody does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    /// Who.
    #[serde(rename = "as")]
    who: String,
    /// The name under which the identifier of a found row is kept.
    #[serde(default)]
    find: Option<String>,
    /// The list it is found in.
    #[serde(default, rename = "in")]
    list: String,
    /// What it contains.
    #[serde(default)]
    contains: String,
    /// Method and path.
    #[serde(default, rename = "do")]
    call: Option<String>,
    /// The body.
    #[serde(default)]
    with: Option<Json>,
    /// The path whose version is changed.
    #[serde(default)]
    version: Option<String>,
    /// Parts of the answer to keep, by pointer.
    #[serde(default)]
    keep: BTreeMap<String, String>,
    /// Parts of the answer and what they have to be, until when it is asked again.
    #[serde(default)]
    until: BTreeMap<String, Json>,
    /// What the answer must begin with.
    #[serde(default)]
    begins: Option<String>,
}

pub(super) async fn play(people: &People, samples: &Samples, shown: &mut Shown) -> Outcome {
    let story: Story = samples.yaml("story.yaml")?;
    let mut kept: BTreeMap<String, String> = people
        .iter()
        .map(|(login, person)| (format!("@{login}"), person.id.clone()))
        .collect();
    for (number, act) in story.acts.iter().enumerate() {
        let done = act_out(people, act, &mut kept).await;
        done.map_err(|failure| {
            let (message, _) = failure.say(matoi_types::Lang::En);
            let what = act.call.as_deref().or(act.find.as_deref()).unwrap_or_default();
            Failure::told(
                Exit::Failed,
                format!("act {} of the story ({} {what}): {message}", number + 1, act.who),
            )
        })?;
        shown.acts += 1;
    }
    Ok(())
}

async fn act_out(people: &People, act: &Act, kept: &mut BTreeMap<String, String>) -> Outcome {
    let person = people
        .get(&act.who)
        .ok_or_else(|| Failure::told(Exit::Failed, format!("there is nobody called {}", act.who)))?;
    if let Some(name) = &act.find {
        let id = find(person, &filled(&act.list, kept), &filled(&act.contains, kept)).await?;
        kept.insert(name.clone(), id);
    }
    let Some(call) = &act.call else {
        return Ok(());
    };
    let call = filled(call, kept);
    let (method, path) = call.split_once(' ').unwrap_or(("GET", call.as_str()));
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|error| Failure::of(format!("{method} is no method"), &error))?;
    let body = act.with.as_ref().map(|body| filled_json(body, kept));
    let version = act.version.as_ref().map(|path| filled(path, kept));
    for _ in 0..ASK_AT_MOST {
        let answer = person
            .api(method.clone(), path, body.as_ref(), version.as_deref())
            .await?;
        let json = answer.json();
        if act
            .until
            .iter()
            .any(|(pointer, wanted)| json.pointer(pointer) != Some(wanted))
        {
            tokio::time::sleep(ASK_AGAIN).await;
            continue;
        }
        if let Some(beginning) = &act.begins
            && !answer.body.starts_with(beginning.as_bytes())
        {
            return Err(Failure::told(
                Exit::Failed,
                format!("the answer does not begin with {beginning}"),
            ));
        }
        for (name, pointer) in &act.keep {
            let value = match json.pointer(pointer) {
                Some(Json::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => {
                    return Err(Failure::told(
                        Exit::Failed,
                        format!("the answer has no {pointer}: {json}"),
                    ));
                }
            };
            kept.insert(name.clone(), value);
        }
        return Ok(());
    }
    Err(Failure::told(
        Exit::Failed,
        "what was waited for did not come about",
    ))
}

/// The identifier of the one row of a list that contains a text.
async fn find(person: &Person, list: &str, contains: &str) -> Outcome<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let joint = if list.contains('?') { '&' } else { '?' };
        let path = format!("{list}{joint}limit=200{cursor}");
        let page = person.api(Method::GET, &path, None, None).await?.json();
        for row in page.get("items").and_then(Json::as_array).into_iter().flatten() {
            if row.to_string().contains(contains)
                && let Some(id) = row.get("id").and_then(Json::as_str)
            {
                found.push(id.to_owned());
            }
        }
        match page.get("next").and_then(Json::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(Failure::told(
            Exit::Failed,
            format!("{} rows of {list} contain \"{contains}\", not one", found.len()),
        )),
    }
}

/// A text with what was kept in place of its names.
fn filled(text: &str, kept: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match (kept.get(name), in_days(name)) {
            (Some(value), _) => out.push_str(value),
            (None, Some(time)) => out.push_str(&time),
            (None, None) => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// `in 14 days`
#[expect(
    clippy::disallowed_methods,
    reason = "what is typed at the door is in the time of the one who types, not of a command inside"
)]
fn in_days(text: &str) -> Option<String> {
    let days: i64 = text.strip_prefix("in ")?.strip_suffix(" days")?.parse().ok()?;
    let hours = days.checked_mul(24)?;
    let at = Timestamp::now()
        .checked_add(SignedDuration::from_hours(hours))
        .ok()?;
    Some(at.to_string())
}

fn filled_json(json: &Json, kept: &BTreeMap<String, String>) -> Json {
    match json {
        Json::String(text) => Json::String(filled(text, kept)),
        Json::Array(items) => items.iter().map(|item| filled_json(item, kept)).collect(),
        Json::Object(fields) => Json::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), filled_json(value, kept)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_wherever_they_stand() {
        let kept: BTreeMap<String, String> = [("case", "1"), ("@sasaki", "2")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        for (text, expect) in [
            ("/cases/{case}/phase", "/cases/1/phase"),
            ("{@sasaki}{case}", "21"),
            ("{unknown} { {", "{unknown} { {"),
            ("", ""),
        ] {
            assert_eq!(filled(text, &kept), expect);
        }
        assert!(filled("{in 14 days}", &kept).ends_with('Z'));
    }

    #[test]
    fn the_story_can_be_read() {
        let story: Story = Samples::default().yaml("story.yaml").unwrap();
        assert!(
            story
                .acts
                .iter()
                .all(|act| act.call.is_some() || act.find.is_some())
        );
    }
}
