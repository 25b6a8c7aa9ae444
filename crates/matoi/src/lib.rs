//! Matoi (纏): the program. Command line, configuration, wiring; nothing else.
//!
//! - [`backup`]: everything in one file, and back.
//! - [`config`]: one list of settings, read from a file, the environment and flags.
//! - [`cli`]: the commands.
//! - [`demo`]: the program shown at work, through its own doors.
//! - [`installation`]: keys, database and files of one installation, found or made.
//! - [`serve`]: the server: listening, TLS, health, metrics, stopping.
//! - [`duties`]: what the program does by itself, once however many processes share a database.
//! - [`worker`]: child processes that handle hostile input.

pub mod backup;
pub mod cli;
pub mod config;
pub mod demo;
pub mod duties;
pub mod failure;
pub mod installation;
pub mod logging;
pub mod output;
pub mod serve;
pub mod worker;
