//! Logs: structured, on standard error, as text or as one JSON object a line.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::LogConfig;

/// Begins to log. A command that is no server only warns, unless somebody asked for more.
pub fn start(config: &LogConfig, is_server: bool) {
    let level = match config.level.as_str() {
        "info" if !is_server => "warn",
        level => level,
    };
    // The database driver tells each statement at debug: with their values they belong in no log.
    let filter = EnvFilter::try_new(format!(
        "sqlx=warn,hyper=info,h2=info,rustls=info,reqwest=info,{level}"
    ))
    .unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    // A second start, as in tests, keeps the first.
    let _ = if config.json {
        subscriber
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init()
    } else {
        subscriber
            .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
            .try_init()
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task panicked: this is a defect of the program");
    }));
}
