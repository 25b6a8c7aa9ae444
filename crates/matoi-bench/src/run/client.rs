//! A client of one kept-alive connection that waits for each answer: what is measured is the server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::generate::Failure;

/// How the server is told who asks.
#[derive(Debug, Clone)]
pub(super) enum Credential {
    /// A token of the API.
    Token(String),
    /// The session of a browser.
    Session(String),
    /// Nobody.
    None,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// One connection (HTTP/1.1, RFC 9112).
#[derive(Debug)]
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
    credential: String,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nothing listens.
    pub(super) fn connect(address: SocketAddr, credential: &Credential) -> Result<Self, Failure> {
        Ok(Self {
            stream: open(address)?,
            address,
            credential: match credential {
                Credential::Token(token) => format!("Authorization: Bearer {token}\r\n"),
                Credential::Session(session) => format!("Cookie: matoi_session={session}\r\n"),
                Credential::None => String::new(),
            },
        })
    }

    /// Connects anew: a server ends connections over which nothing has come for a while.
    ///
    /// # Errors
    /// When nothing listens any more.
    pub(super) fn connect_again(&mut self) -> Result<(), Failure> {
        self.stream = open(self.address)?;
        Ok(())
    }

    /// Reads something.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(super) fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        self.send("GET", path, "")
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(super) fn post(&mut self, path: &str, body: &serde_json::Value) -> Result<Answer, Failure> {
        self.send("POST", path, &body.to_string())
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Answer, Failure> {
        let (host, credential, length) = (self.address, &self.credential, body.len());
        let content = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Type: application/json\r\nContent-Length: {length}\r\n")
        };
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{credential}{content}\r\n{body}");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let first = self.line()?;
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or("the server does not speak HTTP")?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        let body = if chunked {
            self.chunks()?
        } else {
            self.exactly(length)?
        };
        Ok(Answer { status, body })
    }

    fn chunks(&mut self) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            body.extend(self.exactly(size)?);
            self.line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

fn open(address: SocketAddr) -> Result<BufReader<TcpStream>, Failure> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    Ok(BufReader::new(stream))
}
