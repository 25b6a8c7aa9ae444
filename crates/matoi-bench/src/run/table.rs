//! What was measured, as a table.

use std::time::Duration;

/// A line: one operation, many times.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// What was done.
    pub(super) name: String,
    /// How often.
    pub(super) count: usize,
    /// Milliseconds of processor time for each.
    pub(super) cpu_ms: f64,
    /// The same with what the server does afterwards, for what changes something.
    pub(super) cpu_ms_after: Option<f64>,
    /// How long each took, in order of length.
    pub(super) walls: Vec<Duration>,
    /// Bytes of an answer, on average.
    pub(super) bytes: usize,
    /// Milliseconds of processor time it may cost.
    pub(super) limit: Option<f64>,
}

impl Line {
    /// Whether it costs no more than it may.
    #[must_use]
    pub(super) fn is_kept(&self) -> bool {
        self.limit.is_none_or(|limit| self.cpu_ms <= limit)
    }

    fn percentile(&self, percent: usize) -> f64 {
        let index = (self.walls.len() * percent / 100).min(self.walls.len().saturating_sub(1));
        self.walls.get(index).copied().unwrap_or_default().as_secs_f64() * 1000.0
    }

    fn show(&self) -> String {
        let limit = self.limit.map_or(String::new(), |limit| format!("{limit:.0}"));
        let after = self.cpu_ms_after.map_or(String::new(), |ms| format!("{ms:.1}"));
        let mark = if self.is_kept() { "" } else { " **over**" };
        format!(
            "| {} | {} | {:.2}{mark} | {after} | {limit} | {:.1} | {:.1} | {:.1} |",
            self.name,
            self.count,
            self.cpu_ms,
            self.percentile(50),
            self.percentile(99),
            self.bytes as f64 / 1000.0,
        )
    }
}

/// One figure with its limit.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    /// What it is.
    pub(super) name: &'static str,
    /// How much, with its unit.
    pub(super) value: String,
    /// What it may be.
    pub(super) limit: &'static str,
    /// Whether it is within that.
    pub(super) kept: bool,
}

/// Everything as Markdown.
#[must_use]
pub(super) fn show(lines: &[Line], figures: &[Figure]) -> String {
    let mut text = String::from(
        "| operation | times | CPU ms each | with what follows | limit | p50 ms | p99 ms | kB |\n|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for line in lines {
        text.push_str(&line.show());
        text.push('\n');
    }
    text.push_str("\n| figure | measured | limit |\n|---|---:|---:|\n");
    for figure in figures {
        let mark = if figure.kept { "" } else { " **over**" };
        text.push_str(&format!(
            "| {} | {}{mark} | {} |\n",
            figure.name, figure.value, figure.limit
        ));
    }
    text.push_str(NOTES);
    text
}

const NOTES: &str = "
CPU is that of the server process (user and system, /proc/<pid>/stat) divided by the number of requests; \"with what
follows\" goes on until sealing and indexing are done. Requests come one after the other over one connection.
For scale, on two cores at 100,000 cases, CPU ms for create/get/list/search: FIR 54/33/202/351, RT 5 368/210/233/273,
DFIR-IRIS 48/-/1576/1610.
";
