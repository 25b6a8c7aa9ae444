//! The inside of a child: confine itself, then answer requests until the parent closes the pipe.

use std::borrow::Cow;
use std::io::{self, Write};

use matoi_core::kernel::ports;
use matoi_pdf::Renderer;

use super::frame::{self, Bounds, Frame};
use super::protocol::{Answer, Request};
use super::sandbox;

/// A mail may be as large as memory allows; the parent has looked at its size before.
const BOUNDS: Bounds = Bounds {
    header: 64 * 1024,
    body: 4 << 30,
};

/// What a child is told when it is started.
#[derive(Debug, Clone, Copy)]
pub struct ChildSettings {
    /// Bytes of memory.
    pub memory: u64,
    /// Seconds of computing per request.
    pub computing: u64,
}

/// What a child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trade {
    /// Takes mails and files apart.
    Parsers,
    /// Makes documents.
    Documents,
}

/// Answers requests on standard input until it is closed.
///
/// # Errors
/// When a pipe breaks or what comes is no frame: the process ends, and the parent starts another.
pub fn run(trade: Trade, settings: ChildSettings) -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let renderer = match trade {
        Trade::Parsers => None,
        Trade::Documents => {
            // The typesetter would start threads, which a confined process cannot: it works in this one.
            rayon::ThreadPoolBuilder::new()
                .num_threads(1)
                .use_current_thread()
                .build_global()
                .map_err(io::Error::other)?;
            Some(Renderer::new().map_err(io::Error::other)?)
        }
    };
    let held_by = sandbox::enter(settings.memory);
    answer(&mut output, &Answer::Ready { held_by }, &[])?;
    while let Some(frame) = frame::read(&mut input, BOUNDS)? {
        sandbox::allow_computing(settings.computing);
        match &renderer {
            None => parse(&frame, &mut output)?,
            Some(renderer) => make(renderer, &frame, &mut output)?,
        }
    }
    Ok(())
}

fn make(renderer: &Renderer, frame: &Frame, output: &mut impl Write) -> io::Result<()> {
    match serde_json::from_slice(&frame.header)? {
        Request::Document => {}
        #[cfg(debug_assertions)]
        Request::Misbehave { how } => return misbehave(how, output),
        _ => return Err(io::Error::other("this process makes documents only")),
    }
    match renderer.render_json(&frame.body) {
        Ok(file) => {
            for warning in &file.warnings {
                tracing::debug!(%warning, "document");
            }
            let pages = file.pages.and_then(|pages| u64::try_from(pages).ok());
            answer(output, &Answer::Document { pages }, &[&file.bytes])
        }
        // A library that panicked may have left something behind: the parent asks another child.
        Err(error @ matoi_pdf::Error::Internal { .. }) => Err(io::Error::other(error)),
        Err(error) => {
            let what = error.to_string();
            answer(output, &Answer::Refused { what }, &[])
        }
    }
}

fn parse(frame: &Frame, output: &mut impl Write) -> io::Result<()> {
    match serde_json::from_slice(&frame.header)? {
        Request::Mail { received_at } => {
            let limits = matoi_mail::Limits {
                received_at: Some(received_at),
                ..matoi_mail::Limits::default()
            };
            let mail = matoi_mail::parse(&frame.body, &limits);
            let attachments: Vec<_> = mail.attachments_in_tree().collect();
            let contents = attachments
                .iter()
                .map(|attachment| (attachment.index, attachment.content.len() as u64))
                .collect();
            let pieces: Vec<_> = attachments
                .iter()
                .map(|attachment| attachment.content.as_slice())
                .collect();
            let mail = Cow::Borrowed(&mail);
            answer(output, &Answer::Mail { mail, contents }, &pieces)
        }
        Request::File { name, declared_type } => {
            let facts = ports::facts_of(&frame.body, &name, &declared_type);
            answer(
                output,
                &Answer::File {
                    facts: Box::new(facts),
                },
                &[],
            )
        }
        Request::Document => Err(io::Error::other("this process takes input apart only")),
        #[cfg(debug_assertions)]
        Request::Misbehave { how } => misbehave(how, output),
    }
}

fn answer(output: &mut impl Write, answer: &Answer<'_>, body: &[&[u8]]) -> io::Result<()> {
    frame::write(output, &serde_json::to_vec(answer)?, body)
}

#[cfg(debug_assertions)]
fn misbehave(how: super::protocol::Misbehaviour, output: &mut impl Write) -> io::Result<()> {
    use super::protocol::Misbehaviour;

    #[expect(unconditional_recursion, reason = "that is what is tried")]
    fn recurse(depth: u64) -> u64 {
        std::hint::black_box(recurse(std::hint::black_box(depth + 1)) + 1)
    }

    match how {
        Misbehaviour::Crash => std::process::abort(),
        Misbehaviour::Recurse => {
            recurse(0);
        }
        Misbehaviour::Spin => loop {
            std::hint::spin_loop();
        },
        Misbehaviour::Bomb => {
            let mut all: Vec<Vec<u8>> = Vec::new();
            loop {
                all.push(std::hint::black_box(vec![1; 16 << 20]));
            }
        }
        Misbehaviour::Garbage => {
            output.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            output.flush()?;
        }
        Misbehaviour::Escape => {
            let tries = [
                ("reading a file", std::fs::read("/proc/self/status").is_ok()),
                ("listing a directory", std::fs::read_dir("/").is_ok()),
                (
                    "making a file",
                    std::fs::write(std::env::temp_dir().join("matoi-escape"), "x").is_ok(),
                ),
                (
                    "starting a program",
                    std::process::Command::new("/bin/true").status().is_ok(),
                ),
                ("a socket", std::net::TcpListener::bind("127.0.0.1:0").is_ok()),
                ("a datagram", std::net::UdpSocket::bind("127.0.0.1:0").is_ok()),
                ("a thread", std::thread::Builder::new().spawn(|| {}).is_ok()),
                ("the environment", std::env::vars_os().next().is_some()),
                ("more memory", {
                    let no_limit = rustix::process::Rlimit {
                        current: None,
                        maximum: None,
                    };
                    rustix::process::setrlimit(rustix::process::Resource::As, no_limit).is_ok()
                }),
            ];
            let by = tries
                .iter()
                .filter(|(_, done)| *done)
                .map(|(name, _)| (*name).to_owned())
                .collect();
            answer(output, &Answer::Escaped { by }, &[])?;
        }
    }
    Ok(())
}
