//! The clocks of the desk.

use matoi_types::Severity;
use serde::{Deserialize, Serialize};

use crate::kernel::Message;
use crate::kernel::data::{self, DataError, line_of};

/// Minutes by severity.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityMinutes {
    critical: i64,
    high: i64,
    medium: i64,
    low: i64,
    info: i64,
}

impl SeverityMinutes {
    /// The minutes for one severity.
    #[must_use]
    pub const fn of(&self, severity: Severity) -> i64 {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Info => self.info,
        }
    }
}

/// How soon the desk acknowledges and answers reports, and looks at alerts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskClocks {
    /// Always `desk`.
    pub id: String,
    /// Reports.
    pub report: ReportClocks,
    /// Alerts.
    pub alert: AlertClocks,
}

/// The clocks of a report.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportClocks {
    /// Until somebody has taken it in.
    pub acknowledge: SeverityMinutes,
    /// Until the reporter has an answer.
    pub answer: SeverityMinutes,
}

/// The clocks of an alert.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertClocks {
    /// Until somebody has decided what it is.
    pub triage: SeverityMinutes,
}

impl DeskClocks {
    /// Reads the YAML.
    ///
    /// # Errors
    /// [`DataError`] with file, line and what is allowed.
    pub fn read(file: &str, text: &str) -> Result<Self, DataError> {
        let clocks: Self = data::from_yaml(file, text)?;
        if clocks.id != "desk" {
            let message = Message::new("data-unknown-value")
                .with("value", clocks.id)
                .with("allowed", "desk");
            return Err(DataError::new(file, line_of(text, "id:"), "id", message));
        }
        for (key, minutes) in [
            ("acknowledge", clocks.report.acknowledge),
            ("answer", clocks.report.answer),
            ("triage", clocks.alert.triage),
        ] {
            if Severity::ALL.iter().any(|severity| minutes.of(*severity) < 1) {
                let line = line_of(text, &format!("{key}:"));
                return Err(DataError::new(file, line, key, Message::new("data-minutes")));
            }
        }
        Ok(clocks)
    }
}
