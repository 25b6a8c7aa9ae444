//! What comes in: mails through the pipe of a mail server, alerts through the doors their senders speak, reports through the
//! public form.

use serde_json::Value as Json;

use super::person::Person;
use super::{Program, Samples, Shown};
use crate::failure::Outcome;

pub(super) async fn take_in(program: &Program, url: &str, samples: &Samples, shown: &mut Shown) -> Outcome {
    for (name, mail) in samples.mails()? {
        let done = program.run(&["intake", "mail", "-"], Some(&mail)).await?;
        if done.code == 0 {
            *shown.taken_in.entry("mail").or_default() += 1;
        } else {
            shown.not_taken.push(format!("{name}: {}", done.err.trim()));
        }
    }
    let siem = sender(program, url, "siem", "SIEM").await?;
    for alert in samples.alerts("thehive")? {
        let answer = siem.post_json("api/alert", &alert).await.map(drop);
        count(shown, answer, "/sourceRef", &alert);
    }
    let edr = sender(program, url, "edr", "EDR").await?;
    for alert in samples.alerts("iris")? {
        let answer = edr.post_json("alerts/add", &alert).await.map(drop);
        count(shown, answer, "/alert_source_ref", &alert);
    }
    let devices = sender(program, url, "devices", "WAF, firewall, monitoring").await?;
    for alert in samples.alerts("webhook-generic")? {
        let answer = devices
            .api(reqwest::Method::POST, "/alerts", Some(&alert), None)
            .await
            .map(drop);
        count(shown, answer, "/source_ref", &alert);
    }
    for report in samples.reports()? {
        fill_in_the_form(url, &report).await?;
        *shown.taken_in.entry("form").or_default() += 1;
    }
    Ok(())
}

fn count(shown: &mut Shown, answer: Outcome, name: &str, alert: &Json) {
    match answer {
        Ok(()) => *shown.taken_in.entry("alert").or_default() += 1,
        Err(failure) => {
            let name = alert.pointer(name).and_then(Json::as_str).unwrap_or_default();
            let (why, _) = failure.say(matoi_types::Lang::En);
            shown.not_taken.push(format!("{name}: {why}"));
        }
    }
}

/// A program that hands in alerts: a service account with a token that can do nothing else.
async fn sender(program: &Program, url: &str, login: &str, name: &str) -> Outcome<Person> {
    program
        .json(&[
            "user",
            "add",
            login,
            "--name",
            name,
            "--service",
            "--role",
            "soc_operator",
        ])
        .await?;
    let made = program
        .json(&[
            "token",
            "create",
            login,
            "--name",
            name,
            "--scope",
            "alert.create",
        ])
        .await?;
    let token = made.get("token").and_then(Json::as_str).unwrap_or_default();
    Person::with_token(url, token)
}

/// As an employee does it, without an account.
async fn fill_in_the_form(url: &str, report: &Json) -> Outcome {
    let employee = Person::nobody(url)?;
    let page = employee.page("report").await?.text();
    let nonce = page
        .split("name=\"nonce\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default();
    let text = |name: &str| report.get(name).and_then(Json::as_str).unwrap_or_default();
    let mut fields = vec![
        ("nonce", nonce),
        ("category", text("category")),
        ("noticed", text("noticed")),
        ("device", text("device")),
        ("text", text("text")),
    ];
    if report.get("anonymous").and_then(Json::as_bool) == Some(true) {
        fields.push(("anonymous", "true"));
    } else {
        fields.push(("reporter_name", text("name")));
        fields.push(("reporter_contact", text("contact")));
    }
    employee.form("report", &fields).await.map(drop)
}
