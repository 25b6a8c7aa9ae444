//! Checks and generators for people who work on Matoi: `cargo xtask help` lists them.
//!
//! Every check looks at the sources alone, needs no build of the program, names file and line, and ends with exit code 1
//! when it finds something. A wrong command line ends with 2.

mod files;
mod finding;
mod links;
mod openapi;
mod source;
mod tidy;
mod words;

use std::path::Path;
use std::process::ExitCode;

use finding::say;

const HELP: &str = "\
usage: cargo xtask <command>

  words      the texts in locales/: both languages have the same keys with the same arguments, every key that is used
             exists, none is left unused
  tidy       the rules of the house that no compiler checks: SQL in its place, no machine paths, nothing inline in
             templates, and so on; lists files that grow too long
  links      every file and heading that a Markdown document points at is there
  openapi    writes docs/openapi.json from the routes
  help       this list";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let command = match arguments.as_slice() {
        [command] => command.as_str(),
        _ => "",
    };
    match command {
        "words" => finding::report(&words::check(&files::read_all(&root))),
        "tidy" => finding::report(&tidy::check(&files::read_all(&root))),
        "links" => finding::report(&links::check(&root, &files::read_all(&root))),
        "openapi" => openapi::write(&root),
        "help" | "--help" | "-h" => {
            say(HELP);
            ExitCode::SUCCESS
        }
        _ => {
            say(HELP);
            ExitCode::from(2)
        }
    }
}
