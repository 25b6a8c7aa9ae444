//! The command line. One file per command; what they share is here.

mod audit;
mod backup;
mod completion;
mod config;
mod demo;
mod find;
mod init;
mod intake;
mod keys;
mod openapi;
mod restore;
mod serve;
mod token;
mod user;
mod worker;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Effective, FlagValue, Problem, Sources};
use crate::failure::{Exit, Failure, Outcome};
use crate::installation::{Installation, Purpose};
use crate::output::{self, Format, Output};

/// Where a configuration is looked for when nobody names one.
const USUAL_CONFIG: &str = "/etc/matoi/matoi.toml";

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  failed: the network, the disk, the database
  2  the command line or the configuration is wrong
  3  refused by a rule
  4  not found
  5  a verification found faults
 65  of `intake mail`: the mail will never be taken
 75  of `intake mail`: not now, keep the mail and try again

Configuration: the file of --config (or MATOI_CONFIG, or /etc/matoi/matoi.toml), then MATOI_* variables, then flags;
each wins over the one before. `matoi config show` says what is in force and where it comes from.

Examples:
  matoi serve                              start, making what is missing
  matoi --config /etc/matoi/matoi.toml config check
  matoi user add sasaki --name '佐々木 美咲' --role handler
  matoi audit verify --format json";

/// Matoi (纏): build, run and evaluate a cyber defence centre.
#[derive(Debug, Parser)]
#[command(name = "matoi", version, propagate_version = true, max_term_width = 110, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Global {
    /// Where the database and the encrypted files are (setting data_dir)
    #[arg(long, global = true, value_name = "DIRECTORY", help_heading = "Everywhere")]
    data_dir: Option<PathBuf>,
    /// The configuration file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "MATOI_CONFIG",
        help_heading = "Everywhere"
    )]
    config: Option<PathBuf>,
    /// Any other setting, like --set log.level=debug; not for secrets
    #[arg(
        long,
        global = true,
        value_name = "SETTING=VALUE",
        help_heading = "Everywhere"
    )]
    set: Vec<String>,
    /// How to speak
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "text",
        env = "MATOI_FORMAT",
        help_heading = "Everywhere"
    )]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Init(init::Init),
    Config(config::ConfigCommand),
    User(user::UserCommand),
    Token(token::TokenCommand),
    Intake(intake::IntakeCommand),
    Audit(audit::AuditCommand),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Keys(keys::KeysCommand),
    Demo(demo::Demo),
    Openapi(openapi::Openapi),
    Completion(completion::Completion),
    #[command(hide = true)]
    Worker(worker::WorkerCommand),
}

impl Global {
    /// The same flags for another run of the program.
    fn as_arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        let mut add = |flag: &str, value: &dyn AsRef<OsStr>| {
            arguments.push(flag.into());
            arguments.push(value.as_ref().to_owned());
        };
        if let Some(data_dir) = &self.data_dir {
            add("--data-dir", data_dir);
        }
        if let Some(config) = &self.config {
            add("--config", config);
        }
        for set in &self.set {
            add("--set", set);
        }
        arguments
    }
}

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// The configuration in force.
    pub(crate) config: Config,
    /// Where words go.
    pub(crate) output: Output,
}

impl Context {
    /// Opens the installation that is there.
    pub(crate) async fn open(&self) -> Outcome<Installation> {
        Installation::open(&self.config, Purpose::Use).await
    }
}

/// Reads the command line, does what it says, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let format = cli.global.format;
    let is_mail_pipe = matches!(&cli.command, Command::Intake(intake) if intake.is_mail());
    let mut output = Output {
        format,
        lang: matoi_types::Lang::En,
    };
    match run(cli, &mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let failure = if is_mail_pipe {
                failure.for_a_mail_server()
            } else {
                failure
            };
            match format {
                Format::Text => output::to_stderr(&failure.as_text(output.lang)),
                Format::Json => output::to_stderr(&format!("{}\n", failure.as_json(output.lang))),
            }
            ExitCode::from(failure.exit() as u8)
        }
    }
}

fn run(cli: Cli, output: &mut Output) -> Outcome {
    // A child has no configuration and makes no threads.
    let command = match cli.command {
        Command::Worker(worker) => return worker.run(),
        Command::Completion(completion) => return completion.run(),
        Command::Openapi(openapi) => return openapi.run(),
        Command::Config(config) => return config.run(&cli.global, *output),
        command => command,
    };
    let flags = match &command {
        Command::Serve(serve) => serve.flags(),
        _ => Vec::new(),
    };
    let (effective, mut problems) = load(&cli.global, flags);
    let config = match Config::new(&effective) {
        Ok(config) if problems.is_empty() => config,
        checked => {
            problems.extend(checked.err().unwrap_or_default());
            return Err(problems.into());
        }
    };
    output.lang = config.language;
    for warning in &effective.warnings {
        output::to_stderr(&format!("matoi: warning: {warning}\n"));
    }
    let context = Context {
        config,
        output: *output,
    };
    crate::logging::start(&context.config.log, matches!(command, Command::Serve(_)));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of("the program cannot start its threads", &error))?;
    runtime.block_on(async {
        match command {
            Command::Serve(serve) => Box::pin(serve.run(context)).await,
            Command::Init(init) => Box::pin(init.run(context)).await,
            Command::User(user) => Box::pin(user.run(context)).await,
            Command::Token(token) => Box::pin(token.run(context)).await,
            Command::Intake(intake) => Box::pin(intake.run(context)).await,
            Command::Audit(audit) => Box::pin(audit.run(context)).await,
            Command::Backup(backup) => Box::pin(backup.run(context)).await,
            Command::Restore(restore) => Box::pin(restore.run(context)).await,
            Command::Demo(demo) => Box::pin(demo.run(context, &cli.global)).await,
            Command::Keys(keys) => Box::pin(keys.run(context)).await,
            Command::Config(_) | Command::Openapi(_) | Command::Completion(_) | Command::Worker(_) => Ok(()),
        }
    })
}

/// Reads every layer of the configuration, `flags` being those of the command itself, with everything that is wrong.
fn load(global: &Global, mut flags: Vec<FlagValue>) -> (Effective, Vec<Problem>) {
    let file = match &global.config {
        Some(file) => Some(file.clone()),
        None => Some(PathBuf::from(USUAL_CONFIG)).filter(|file| file.exists()),
    };
    if let Some(data_dir) = &global.data_dir {
        flags.push(FlagValue {
            path: "data_dir".to_owned(),
            text: data_dir.to_string_lossy().into_owned(),
            flag: "--data-dir".to_owned(),
        });
    }
    let mut problems = Vec::new();
    for set in &global.set {
        match set.split_once('=') {
            Some((path, text)) => flags.push(FlagValue {
                path: path.trim().to_owned(),
                text: text.to_owned(),
                flag: format!("--set {}", path.trim()),
            }),
            None => problems.push(Problem::new(
                "--set",
                "write it as SETTING=VALUE, like log.level=debug",
            )),
        }
    }
    // Names and values that are not UTF-8 are none of ours.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let (effective, wrong) = Effective::read(&Sources {
        file,
        variables,
        flags,
    });
    problems.extend(wrong);
    (effective, problems)
}

/// Help and version are no failure; anything else is wrong usage, said as JSON where JSON is wanted.
fn usage(error: &clap::Error) -> ExitCode {
    let arguments: Vec<_> = std::env::args().collect();
    // A mistake in the mail server's configuration must not cost a mail.
    let is_mail_pipe =
        arguments.iter().any(|word| word == "intake") && arguments.iter().any(|word| word == "mail");
    let exit = if is_mail_pipe { Exit::TryLater } else { Exit::Usage };
    let json = arguments.iter().any(|argument| argument == "--format=json")
        || arguments
            .iter()
            .zip(arguments.iter().skip(1))
            .any(|(flag, value)| flag == "--format" && value == "json");
    if error.use_stderr() && json {
        let text = error.to_string();
        let message = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let failure = Failure::told(exit, message);
        output::to_stderr(&format!("{}\n", failure.as_json(matoi_types::Lang::En)));
    } else {
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { exit as u8 } else { 0 })
}

/// Reads a file, or standard input for `-`, up to a number of bytes.
fn read_input(path: &Path, most: u64) -> Outcome<Vec<u8>> {
    use std::io::Read as _;
    let failed = |error: &std::io::Error| Failure::of(format!("{} cannot be read", path.display()), error);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| failed(&error))?;
    if bytes.len() as u64 > most {
        return Err(Failure::told(
            Exit::Refused,
            format!(
                "{} is longer than {}",
                path.display(),
                crate::config::units::show_size(most)
            ),
        ));
    }
    Ok(bytes)
}

/// A secret from a file, or from an environment variable; never from a flag.
fn read_secret(file: Option<&Path>, variable: &str) -> Outcome<Option<zeroize::Zeroizing<String>>> {
    let text = match file {
        Some(path) => {
            let bytes = zeroize::Zeroizing::new(read_input(path, 64 * 1024)?);
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        None => std::env::var(variable).ok(),
    };
    Ok(text
        .map(|text| zeroize::Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned()))
        .filter(|text| !text.is_empty()))
}
