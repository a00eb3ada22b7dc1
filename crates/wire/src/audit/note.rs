//! Signed notes, as C2SP's `signed-note` has them: a text, an empty line, and signatures, here of Ed25519.

use std::{fmt, str::FromStr};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::Hash;

/// What the specification calls the signature type of Ed25519.
const ED25519_TYPE: u8 = 1;
/// As a verifier may: a note of ours has one signature, and witnesses add a few.
const MOST_SIGNATURES: usize = 64;

/// Signs notes. Its name is the log's origin.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

/// Knows a key's signatures. As text: its name, its id in hexadecimal, and the key, with plus signs between.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    id: [u8; 4],
    key: [u8; 32],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("a signing key is 32 bytes, in base64: `openssl rand -base64 32` makes one")]
    SigningKey,
    #[error("a verifying key reads name+id+key, where the id belongs to name and key")]
    VerifyingKey,
    #[error("a key's name has neither spaces nor plus signs in it")]
    Name,
    #[error("this is not a signed note")]
    Form,
    #[error("the note is not signed by the key that is trusted")]
    Unsigned,
    #[error("the signature is not that of the key that it names")]
    Signature,
}

impl SigningKey {
    /// The key that 32 secret bytes in base64 make, under a name. White space around them is passed over.
    pub fn parse(name: &str, seed: &str) -> Result<Self, NoteError> {
        let seed = BASE64_STANDARD.decode(seed.trim()).map_err(|_| NoteError::SigningKey)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| NoteError::SigningKey)?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| NoteError::SigningKey)?;
        Ok(Self { pair, public: VerifyingKey::new(name, key)? })
    }

    pub fn verifying(&self) -> &VerifyingKey {
        &self.public
    }

    /// The note of a text, which ends in a line break.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let signature = BASE64_STANDARD.encode([&self.public.id, signature.as_ref()].concat());
        format!("{text}\n— {} {signature}\n", self.public.name)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl VerifyingKey {
    fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(NoteError::Name);
        }
        let [a, b, c, d, ..] = Hash::of(&[name.as_bytes(), &[b'\n', ED25519_TYPE], &key].concat()).0;
        Ok(Self { name: name.to_owned(), id: [a, b, c, d], key })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key signed.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = split(note).ok_or(NoteError::Form)?;
        let mut signed = false;
        for (name, bytes) in signatures {
            if let Some((id, bytes)) = bytes.split_first_chunk::<4>()
                && name == self.name
                && *id == self.id
            {
                let key = ParsedPublicKey::new(&ED25519, self.key).map_err(|_| NoteError::VerifyingKey)?;
                key.verify_sig(text.as_bytes(), bytes).map_err(|_| NoteError::Signature)?;
                signed = true;
            }
        }
        if signed { Ok(text) } else { Err(NoteError::Unsigned) }
    }
}

/// The text of a note, whoever signed it.
pub(super) fn text(note: &str) -> Result<&str, NoteError> {
    split(note).map(|(text, _)| text).ok_or(NoteError::Form)
}

/// A key's name, and what is in base64 behind it.
type Signature<'a> = (&'a str, Vec<u8>);

/// The text, with the line break that ends it, and the signatures with their keys' names.
fn split(note: &str) -> Option<(&str, Vec<Signature<'_>>)> {
    let end = note.rfind("\n\n")?;
    let (text, signatures) = (note.get(..=end)?, note.get(end + 2..)?.strip_suffix('\n')?);
    let good =
        !note.contains(|c: char| c < ' ' && c != '\n') && signatures.lines().count() <= MOST_SIGNATURES;
    let signatures = signatures.split('\n').map(|line| {
        let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
        Some((name, BASE64_STANDARD.decode(bytes).ok()?))
    });
    good.then(|| signatures.collect::<Option<_>>().map(|signatures| (text, signatures)))?
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64_STANDARD.encode([&[ED25519_TYPE], &self.key[..]].concat());
        write!(f, "{}+{:08x}+{key}", self.name, u32::from_be_bytes(self.id))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifyingKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifyingKey);
        };
        let key = BASE64_STANDARD.decode(key).map_err(|_| NoteError::VerifyingKey)?;
        let Some((&ED25519_TYPE, key)) = key.split_first() else { return Err(NoteError::VerifyingKey) };
        let key = Self::new(name, key.try_into().map_err(|_| NoteError::VerifyingKey)?)?;
        if u32::from_str_radix(id, 16) == Ok(u32::from_be_bytes(key.id)) {
            Ok(key)
        } else {
            Err(NoteError::VerifyingKey)
        }
    }
}
