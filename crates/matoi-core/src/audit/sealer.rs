//! The sealer: one process at a time orders new change rows, chains them and signs the head.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};

use super::{rules, store};
use crate::kernel::{Error, Result, Store, Tx, lease};

const BATCH: i64 = 1000;
const LEASE_SECONDS: i64 = 15;
const KEY_CONTEXT: &str = "audit signing key";

/// Seals the audit log. Each process runs one; only the holder of the lease does anything.
#[derive(Debug)]
pub struct Sealer {
    store: Store,
    holder: String,
}

impl Sealer {
    /// A sealer for this process, with a name of its own.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new(store: Store) -> Result<Self> {
        let holder = crate::kernel::change::hex(&store.env().random_bytes::<8>()?);
        Ok(Self { store, holder })
    }

    /// Seals what is there, at most one batch, and says up to where the chain reaches and whether more waits.
    /// `None` when another process has the duty.
    pub async fn seal(&self) -> Result<Option<Sealed>> {
        // Looking first costs no write: at rest the sealer must not keep the disk awake.
        let caller = self.store.system("sealer");
        let mut look = self.store.read(&caller).await?;
        if store::unsealed_tail(&mut look).await?.0 == 0 {
            return Ok(Some(Sealed {
                last_seq: store::head(&mut look).await?.seq,
                more: false,
            }));
        }
        drop(look);

        let mut tx = self.store.write(&caller).await?;
        if !lease::hold(&mut tx, "sealer", &self.holder, LEASE_SECONDS).await? {
            return Ok(None);
        }
        let mut head = store::head(&mut tx).await?;
        let rows = store::unsealed(&mut tx, BATCH).await?;
        if rows.is_empty() {
            return Ok(Some(Sealed {
                last_seq: head.seq,
                more: false,
            }));
        }
        for row in &rows {
            head.seq += 1;
            head.link = rules::link(&head.link, head.epoch, head.seq, &row.id, &row.digest);
            store::append(&mut tx, head.seq, head.epoch, &row.id, &head.link).await?;
        }
        let key = signing_key(&mut tx).await?;
        let now = tx.now();
        let text = rules::seal_text(head.epoch, head.seq, &head.link, now.as_micros());
        let signature = STANDARD.encode(key.sign(text.as_bytes()).to_bytes());
        let key_id = rules::key_id(key.verifying_key().as_bytes());
        store::add_seal(&mut tx, &head, now, &key_id, &signature).await?;
        tx.commit().await?;
        Ok(Some(Sealed {
            last_seq: head.seq,
            more: rows.len() as i64 == BATCH,
        }))
    }

    /// Seals until nothing waits. Used at shutdown, before a backup and in tests.
    pub async fn seal_all(&self) -> Result<()> {
        while let Some(sealed) = self.seal().await? {
            if !sealed.more {
                break;
            }
        }
        Ok(())
    }
}

/// How far the chain reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// The last place.
    pub last_seq: i64,
    /// Whether rows wait for the next batch.
    pub more: bool,
}

/// Whether the signing key of the log can be opened: false means that the program was given another installation's key.
pub async fn key_opens(tx: &mut Tx) -> Result<bool> {
    let newest = store::newest_key(tx).await?;
    Ok(newest.is_none_or(|(_, sealed)| tx.env().secrets().open(KEY_CONTEXT, &sealed).is_ok()))
}

/// Seals every signing key anew that is not under the installation's current key. Gives how many were.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<u64> {
    let mut resealed = 0;
    for (key_id, sealed) in store::sealed_keys(tx).await? {
        if let Some(sealed) = tx.env().secrets().reseal(KEY_CONTEXT, &sealed)? {
            store::replace_sealed_key(tx, &key_id, &sealed).await?;
            resealed += 1;
        }
    }
    Ok(resealed)
}

async fn signing_key(tx: &mut Tx) -> Result<SigningKey> {
    if let Some((_, sealed)) = store::newest_key(tx).await? {
        let secret = tx.env().secrets().open(KEY_CONTEXT, &sealed)?;
        let secret: [u8; 32] = secret
            .try_into()
            .map_err(|_| Error::Internal("the audit signing key has a wrong length".to_owned()))?;
        return Ok(SigningKey::from_bytes(&secret));
    }
    let secret = tx.random_bytes::<32>()?;
    let key = SigningKey::from_bytes(&secret);
    let sealed = tx.env().secrets().seal(KEY_CONTEXT, &secret)?;
    let public = key.verifying_key();
    store::add_key(
        tx,
        &rules::key_id(public.as_bytes()),
        &STANDARD.encode(public.as_bytes()),
        &sealed,
    )
    .await?;
    Ok(key)
}
