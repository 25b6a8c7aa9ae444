//! Matoi (纏): the program. Command line, configuration, wiring; nothing else.

pub mod config;
