//! What comes in by the demonstration: the samples that are built in, and mails and alerts of a directory.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use matoi_core::kernel::data;
use rust_embed::RustEmbed;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::failure::{Exit, Failure, Outcome};

/// The most mails that are taken of a directory.
const MOST_MAILS: usize = 40;

#[derive(RustEmbed)]
#[folder = "../../samples"]
#[include = "*.json"]
#[include = "*.eml"]
#[include = "*.yaml"]
struct BuiltIn;

/// The samples.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    more: Option<PathBuf>,
}

impl Samples {
    /// The samples that are built in, and those below a directory if there is one: `mail/*.eml`, and alerts in files that are
    /// named after their form, `alerts/*thehive*.json`, `alerts/*iris*.json` and `alerts/*webhook-generic*.json`.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn new(more: Option<PathBuf>) -> Outcome<Self> {
        if let Some(directory) = &more
            && !directory.is_dir()
        {
            return Err(Failure::told(
                Exit::NotFound,
                format!("there is no directory {}", directory.display()),
            ));
        }
        Ok(Self { more })
    }

    /// A built-in file of JSON.
    pub(super) fn json(&self, name: &str) -> Outcome<Json> {
        let bytes = built_in(name)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::of(format!("samples/{name} is not right"), &error))
    }

    /// A built-in file of YAML.
    pub(super) fn yaml<T: DeserializeOwned>(&self, name: &str) -> Outcome<T> {
        let bytes = built_in(name)?;
        let text = String::from_utf8_lossy(&bytes);
        data::from_yaml(&format!("samples/{name}"), &text)
            .map_err(|error| Failure::told(Exit::Failed, error.to_string()))
    }

    /// The mails, by name: first the built-in ones, in the order of their names.
    pub(super) fn mails(&self) -> Outcome<Vec<(String, Vec<u8>)>> {
        let mut mails = Vec::new();
        let mut names: Vec<Cow<'static, str>> = BuiltIn::iter()
            .filter(|name| name.starts_with("mail/") && name.ends_with(".eml"))
            .collect();
        names.sort();
        for name in names {
            let bytes = built_in(&name)?;
            mails.push((name.into_owned(), bytes.into_owned()));
        }
        if let Some(directory) = &self.more {
            let mut files = files_of(&directory.join("mail"), "eml");
            files.truncate(MOST_MAILS);
            for path in files {
                let bytes = std::fs::read(&path)
                    .map_err(|error| Failure::of(format!("{} cannot be read", path.display()), &error))?;
                mails.push((path.display().to_string(), bytes));
            }
        }
        Ok(mails)
    }

    /// The alerts of one form: first the built-in ones.
    pub(super) fn alerts(&self, form: &str) -> Outcome<Vec<Json>> {
        let name = format!("alerts/{form}.json");
        let mut alerts = list(self.json(&name)?);
        let Some(directory) = &self.more else {
            return Ok(alerts);
        };
        let is_of_form = |path: &PathBuf| {
            path.file_stem()
                .is_some_and(|name| name.to_string_lossy().contains(form))
        };
        let files = files_of(&directory.join("alerts"), "json");
        for path in files.into_iter().filter(is_of_form) {
            let bytes = std::fs::read(&path)
                .map_err(|error| Failure::of(format!("{} cannot be read", path.display()), &error))?;
            let json = serde_json::from_slice(&bytes)
                .map_err(|error| Failure::of(format!("{} is not right", path.display()), &error))?;
            alerts.extend(list(json));
        }
        Ok(alerts)
    }

    /// What is typed into the public form.
    pub(super) fn reports(&self) -> Outcome<Vec<Json>> {
        let mut names: Vec<_> = BuiltIn::iter()
            .filter(|name| name.starts_with("reports/"))
            .collect();
        names.sort();
        names.iter().map(|name| self.json(name)).collect()
    }
}

fn built_in(name: &str) -> Outcome<Cow<'static, [u8]>> {
    BuiltIn::get(name)
        .map(|file| file.data)
        .ok_or_else(|| Failure::told(Exit::NotFound, format!("there is no sample {name}")))
}

fn list(json: Json) -> Vec<Json> {
    match json {
        Json::Array(items) => items,
        one => vec![one],
    }
}

/// Files of a directory with this extension, in the order of their names; none when there is no such directory.
fn files_of(directory: &Path, wanted: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == wanted))
        .collect();
    files.sort();
    files
}
