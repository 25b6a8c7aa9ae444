//! The core's port for hostile parsing, served by children.

use std::sync::Arc;

use matoi_core::files::FileFacts;
use matoi_core::kernel::ports::{Boxed, Parsers};
use matoi_core::{Error, Result};
use matoi_mail::ParsedMail;
use matoi_types::Timestamp;

use super::pool::{AskError, Pool};
use super::protocol::{Answer, Request};

/// Parsers in children.
#[derive(Debug, Clone)]
pub struct WorkerParsers(Arc<Pool>);

impl WorkerParsers {
    /// Parsers that ask this pool.
    #[must_use]
    pub const fn new(pool: Arc<Pool>) -> Self {
        Self(pool)
    }

    async fn ask(&self, request: &Request, bytes: &[u8]) -> Result<(Answer<'static>, Vec<u8>)> {
        let header = serde_json::to_vec(request)?;
        let frame = self.0.ask(&header, bytes).await.map_err(unavailable)?;
        let answer = serde_json::from_slice(&frame.header).map_err(|_| nonsense())?;
        Ok((answer, frame.body))
    }
}

impl Parsers for WorkerParsers {
    fn mail(&self, raw: Vec<u8>, received_at: Timestamp) -> Boxed<'_, Result<ParsedMail>> {
        Box::pin(async move {
            match self.ask(&Request::Mail { received_at }, &raw).await? {
                (Answer::Mail { mail, contents }, body) => with_contents(mail.into_owned(), &contents, &body),
                _ => Err(nonsense()),
            }
        })
    }

    fn file_facts(
        &self,
        content: Vec<u8>,
        name: String,
        declared_type: String,
    ) -> Boxed<'_, Result<FileFacts>> {
        Box::pin(async move {
            match self.ask(&Request::File { name, declared_type }, &content).await? {
                (Answer::File { facts }, _) => Ok(*facts),
                _ => Err(nonsense()),
            }
        })
    }
}

/// Puts the contents back where they belong.
fn with_contents(mut mail: ParsedMail, contents: &[(u32, u64)], body: &[u8]) -> Result<ParsedMail> {
    let mut rest = body;
    let mut pieces = std::collections::HashMap::new();
    for (index, len) in contents {
        let len = usize::try_from(*len).map_err(|_| nonsense())?;
        let (piece, after) = rest.split_at_checked(len).ok_or_else(nonsense)?;
        pieces.insert(*index, piece);
        rest = after;
    }
    let mut mails = vec![&mut mail];
    while let Some(mail) = mails.pop() {
        for attachment in &mut mail.attachments {
            attachment.content = pieces.get(&attachment.index).ok_or_else(nonsense)?.to_vec();
        }
        mails.extend(mail.inner.iter_mut());
    }
    Ok(mail)
}

fn unavailable(error: AskError) -> Error {
    Error::Unavailable(format!("parsers: {error}"))
}

fn nonsense() -> Error {
    Error::Unavailable("parsers: the process answered nonsense".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_return_to_their_attachments_also_inside_forwarded_mails() {
        let raw = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Disposition: attachment; filename=x.txt\r\n\r\none\r\n\
            --a\r\nContent-Type: message/rfc822\r\n\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; filename=y.txt\r\n\r\ntwo\r\n--b--\r\n--a--\r\n";
        let whole = matoi_mail::parse(raw, &matoi_mail::Limits::default());
        assert!(
            whole.inner.len() == 1 && whole.attachments_in_tree().count() >= 3,
            "{whole:?}"
        );
        let body: Vec<u8> = whole
            .attachments_in_tree()
            .flat_map(|attachment| attachment.content.clone())
            .collect();
        let contents: Vec<_> = whole
            .attachments_in_tree()
            .map(|attachment| (attachment.index, attachment.content.len() as u64))
            .collect();
        let json = serde_json::to_vec(&whole).unwrap();
        let bare: ParsedMail = serde_json::from_slice(&json).unwrap();
        assert_eq!(with_contents(bare.clone(), &contents, &body).unwrap(), whole);
        assert!(with_contents(bare.clone(), &contents[1..], &body).is_err());
        assert!(with_contents(bare, &contents, &[]).is_err());
    }
}
