//! The history chain: every event carries the hash of the one before, and signed checkpoints are kept outside the
//! database.
//!
//! What this proves: against a checkpoint, no event up to it was altered, removed, inserted or put in another order,
//! and no tail was cut off. What it cannot prove: events after the last checkpoint could have been replaced as a
//! whole by whoever can write the database, for the hash has no secret; and whoever holds the signing key can sign
//! another history.
//!
//! Hashes are SHA-256 (FIPS 180-4) and signatures Ed25519 (RFC 8032); both are named, by `anxiao-event-1` inside the
//! hash and `c1` before the checkpoint, so that SM3 and SM2 (GB/T 32905-2016, GB/T 32918-2016) can follow as `2`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

const EVENT: &str = "anxiao-event-1";
const GENESIS: &str = "anxiao-genesis-1";
const CHECKPOINT: &str = "c1";
const BEGINS: &str = "c1 ";
/// How long a signature is in base64, and how every one ends; an equals sign stands nowhere else.
const SIGNATURE: usize = 88;
const SIGNED: &str = "==";

/// The header of an event: what is chained, and kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHead {
    /// Place in the county's history; counts from 1 without gaps.
    pub seq: i64,
    /// The event's own id.
    pub id: Uuid,
    /// Milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The account that acted; none for the system itself.
    pub actor: Option<Uuid>,
    /// The kind of record, such as `hazard`.
    pub noun: String,
    /// The record that changed.
    pub record: Uuid,
    /// What was done, such as `close`.
    pub verb: String,
    /// The request in which it was done; several events may share it.
    pub request: Uuid,
    /// [`payload_hash`] of the payload, exactly as stored.
    pub payload_hash: Hash,
}

/// The hash of a payload's text, byte for byte as it is stored.
pub fn payload_hash(payload: &str) -> Hash {
    Sha256::digest(payload.as_bytes()).into()
}

/// What the first event of a county follows; differs by county, so that histories cannot be exchanged.
pub fn genesis(county: &str) -> Hash {
    let mut hasher = Sha256::new();
    field(&mut hasher, GENESIS.as_bytes());
    field(&mut hasher, county.as_bytes());
    hasher.finalize().into()
}

/// The hash of an event that follows `prev`. Every field is preceded by its length, so that no two headers are
/// encoded alike; an absent actor has length 0.
pub fn link(prev: &Hash, head: &EventHead) -> Hash {
    let mut hasher = Sha256::new();
    field(&mut hasher, EVENT.as_bytes());
    field(&mut hasher, prev);
    field(&mut hasher, &head.seq.to_be_bytes());
    field(&mut hasher, head.id.as_bytes());
    field(&mut hasher, &head.at.to_be_bytes());
    field(&mut hasher, head.actor.as_ref().map_or(&[][..], |id| id.as_bytes()));
    field(&mut hasher, head.noun.as_bytes());
    field(&mut hasher, head.record.as_bytes());
    field(&mut hasher, head.verb.as_bytes());
    field(&mut hasher, head.request.as_bytes());
    field(&mut hasher, &head.payload_hash);
    hasher.finalize().into()
}

/// One field: its length in 8 bytes, big-endian, then its bytes.
pub(crate) fn field(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}

/// A hash column as it was read. One of a wrong length becomes a hash that nothing else has, so that it is found as
/// altered.
pub fn stored_hash(column: &[u8]) -> Hash {
    column.try_into().unwrap_or_else(|_| {
        let mut hasher = Sha256::new();
        field(&mut hasher, b"anxiao-not-a-hash");
        field(&mut hasher, column);
        hasher.finalize().into()
    })
}

/// A statement, signed, that a county's history had this hash at this place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The county's code.
    pub county: String,
    /// The last event that it covers; 0 for an empty history.
    pub seq: i64,
    /// The hash of that event.
    pub hash: Hash,
    /// Milliseconds since 1970-01-01 UTC.
    pub at: i64,
}

/// Why a line is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Not of the form `c1 <county> <seq> <hash> <at> <signature>`.
    #[error("not a checkpoint")]
    Malformed,
    /// Altered, or signed with another key.
    #[error("the signature does not belong to this checkpoint and key")]
    Signature,
}

impl Checkpoint {
    /// The checkpoint as one line of text without its end, `c1 <county> <seq> <hash hex> <at> <ed25519 base64>`; the
    /// signature covers all before it.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = format!("{CHECKPOINT} {} {} {} {}", self.county, self.seq, hex::encode(self.hash), self.at);
        let signature = key.sign(body.as_bytes());
        format!("{body} {}", STANDARD.encode(signature.to_bytes()))
    }

    /// Reads a line that [`sign`](Self::sign) made, and proves its signature.
    pub fn read(line: &str, key: &VerifyingKey) -> Result<Self, ChainError> {
        let (body, signature) = line.rsplit_once(' ').ok_or(ChainError::Malformed)?;
        let checkpoint = Self::parse(body).ok_or(ChainError::Malformed)?;
        let bytes = STANDARD.decode(signature).map_err(|_| ChainError::Malformed)?;
        let signature = Signature::from_slice(&bytes).map_err(|_| ChainError::Malformed)?;
        key.verify_strict(body.as_bytes(), &signature).map_err(|_| ChainError::Signature)?;
        Ok(checkpoint)
    }

    fn parse(body: &str) -> Option<Self> {
        let mut parts = body.split(' ');
        if parts.next()? != CHECKPOINT {
            return None;
        }
        let county = parts.next().filter(|text| !text.is_empty())?.to_owned();
        let seq = parts.next()?.parse().ok()?;
        let mut hash = [0; 32];
        hex::decode_to_slice(parts.next()?, &mut hash).ok()?;
        let at = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { county, seq, hash, at })
    }
}

/// Reads a file of checkpoints, one to a line; what is none becomes a [`Fault::BadCheckpoint`], and reading goes on. Two that came onto one line are
/// two. What was cut short (a power cut while it was written) is passed over: nobody was told that it was signed, and whoever could shorten a line
/// could as well take it out; what it would have covered, the others have to cover.
pub fn read_checkpoints(text: &str, key: &VerifyingKey) -> (Vec<Checkpoint>, Vec<Fault>) {
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for piece in line.split_inclusive(SIGNED) {
            let (rest, checkpoint) = read_behind(piece, key);
            good.extend(checkpoint);
            if !cut_short(rest) {
                bad.push(Fault::BadCheckpoint { line: index + 1 });
            }
        }
    }
    (good, bad)
}

/// A checkpoint, which may stand behind one that was cut short, and what is left of the piece.
fn read_behind<'a>(piece: &'a str, key: &VerifyingKey) -> (&'a str, Option<Checkpoint>) {
    let begins = [0].into_iter().chain(piece.rfind(BEGINS));
    let mut read = begins.filter_map(|at| Some((at, Checkpoint::read(piece.get(at..)?, key).ok()?)));
    match read.next() {
        Some((at, checkpoint)) => (&piece[..at], Some(checkpoint)),
        None => (piece, None),
    }
}

/// Whether a text is the beginning of a checkpoint and no more: nothing, or fewer words, or a signature that does not end.
fn cut_short(text: &str) -> bool {
    let mut words = text.split(' ');
    let begins = CHECKPOINT.starts_with(text) || words.next() == Some(CHECKPOINT);
    let ends = words.nth(4).is_some_and(|signature| signature.len() >= SIGNATURE);
    begins && !ends && words.next().is_none() && !text.ends_with(SIGNED)
}

/// What is wrong with a history, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Events are missing: after the one before `expected` comes `found`.
    Gap { expected: i64, found: i64 },
    /// An event that comes twice or too late.
    OutOfOrder { expected: i64, found: i64 },
    /// The event does not follow the one before it: one was removed, inserted or exchanged, or the column was
    /// altered.
    PrevMismatch { seq: i64 },
    /// The header is not the one that was hashed.
    HeadAltered { seq: i64 },
    /// The payload is not the one that the header names.
    PayloadAltered { seq: i64 },
    /// The history ends before a checkpoint: its tail was cut off, or an old copy was put back.
    Cut { have: i64, checkpoint: i64 },
    /// At the place of this checkpoint the history is another than the one signed; it parted after the checkpoint
    /// before.
    OtherHistory { seq: i64 },
    /// A line of the checkpoint file (counted from 1) is damaged or not signed with this county's key.
    BadCheckpoint { line: usize },
    /// A checkpoint of another county.
    OtherCounty { seq: i64 },
}

impl Fault {
    /// A stable name for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "gap",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::PrevMismatch { .. } => "prev_mismatch",
            Self::HeadAltered { .. } => "head_altered",
            Self::PayloadAltered { .. } => "payload_altered",
            Self::Cut { .. } => "cut",
            Self::OtherHistory { .. } => "other_history",
            Self::BadCheckpoint { .. } => "bad_checkpoint",
            Self::OtherCounty { .. } => "other_county",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { expected, found } if found - expected == 1 => write!(f, "event {expected} is missing"),
            Self::Gap { expected, found } => write!(f, "events {expected} to {} are missing", found - 1),
            Self::OutOfOrder { expected, found } => write!(f, "event {found} stands where event {expected} belongs"),
            Self::PrevMismatch { seq } => write!(f, "event {seq} does not follow the event before it"),
            Self::HeadAltered { seq } => write!(f, "the header of event {seq} was altered"),
            Self::PayloadAltered { seq } => write!(f, "the payload of event {seq} was altered"),
            Self::Cut { have, checkpoint } => {
                write!(f, "the history ends at event {have}, but a checkpoint was signed at event {checkpoint}")
            }
            Self::OtherHistory { seq } => {
                write!(f, "the history up to event {seq} is not the one signed in its checkpoint")
            }
            Self::BadCheckpoint { line } => {
                write!(f, "line {line} of the checkpoints is damaged or not signed with this key")
            }
            Self::OtherCounty { seq } => write!(f, "the checkpoint at event {seq} belongs to another county"),
        }
    }
}

/// What a walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How many events were read.
    pub events: u64,
    /// The last event, 0 if there is none.
    pub seq: i64,
    /// The hash of the last event.
    pub hash: Hash,
    /// The last event that an agreeing checkpoint covers, 0 if there is none: later ones are chained but not yet
    /// signed.
    pub signed: i64,
    /// Everything that is wrong, in the order of the events, checkpoints last.
    pub faults: Vec<Fault>,
}

/// Walks a county's history from its first event and notes every fault. One fault is noted once: after an altered
/// event the walk goes on from the hash that is stored.
///
/// Keeps 40 bytes for each event, to compare with the checkpoints; [`only_for`](Self::only_for) avoids that.
#[derive(Debug)]
pub struct Walker {
    county: String,
    events: u64,
    seq: i64,
    last: Hash,
    /// The hash that the last event should have had, when it is not the stored one; the next may follow either.
    meant: Option<Hash>,
    /// Places and hashes to compare with checkpoints; an altered event stands here with both of its hashes.
    kept: Vec<(i64, Hash)>,
    /// The only places worth keeping, in order.
    wanted: Option<Vec<i64>>,
    faults: Vec<Fault>,
}

impl Walker {
    /// Before the first event of this county.
    pub fn new(county: &str) -> Self {
        let last = genesis(county);
        let kept = vec![(0, last)];
        Self { county: county.to_owned(), events: 0, seq: 0, last, meant: None, kept, wanted: None, faults: Vec::new() }
    }

    /// Keeps only what these checkpoints need. [`finish`](Self::finish) must then be given no others: one that was
    /// not announced counts as [`Fault::OtherHistory`].
    #[must_use]
    pub fn only_for(mut self, checkpoints: &[Checkpoint]) -> Self {
        let mut seqs: Vec<i64> = checkpoints.iter().map(|checkpoint| checkpoint.seq).collect();
        seqs.sort_unstable();
        seqs.dedup();
        self.wanted = Some(seqs);
        self
    }

    /// The next event in the order of `seq`, with its hash columns ([`stored_hash`]) and its payload as they are
    /// stored.
    pub fn feed(&mut self, head: &EventHead, prev: &Hash, hash: &Hash, payload: &str) {
        self.events += 1;
        let Some(gap) = self.place(head.seq) else { return };
        let follows = *prev == self.last || self.meant.as_ref() == Some(prev);
        if !follows && !gap {
            self.faults.push(Fault::PrevMismatch { seq: head.seq });
        }
        self.meant = None;
        let computed = link(prev, head);
        let content = payload_hash(payload);
        if computed != *hash && (follows || link(&self.last, head) != *hash) {
            self.altered(head, prev, hash, content, computed);
        } else if content != head.payload_hash {
            self.faults.push(Fault::PayloadAltered { seq: head.seq });
        }
        self.step(head.seq, *hash);
    }

    /// An event of which a column cannot even be read (no valid id, not a number): its header counts as altered.
    /// `seq` is its place, which must be readable.
    pub fn feed_unreadable(&mut self, seq: i64, hash: &Hash) {
        self.events += 1;
        if self.place(seq).is_some() {
            self.faults.push(Fault::HeadAltered { seq });
            self.meant = None;
            self.step(seq, *hash);
        }
    }

    /// The faults so far.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Whether events are missing before this place; `None` when the event is out of order and must be left out.
    fn place(&mut self, found: i64) -> Option<bool> {
        let expected = self.seq.saturating_add(1);
        if found <= self.seq {
            self.faults.push(Fault::OutOfOrder { expected, found });
            return None;
        }
        if found > expected {
            self.faults.push(Fault::Gap { expected, found });
        }
        Some(found > expected)
    }

    /// Notes an altered header. Where only its payload hash was altered, the payload itself is not blamed.
    #[cold]
    fn altered(&mut self, head: &EventHead, prev: &Hash, hash: &Hash, content: Hash, computed: Hash) {
        let seq = head.seq;
        self.faults.push(Fault::HeadAltered { seq });
        let with_content = EventHead { payload_hash: content, ..head.clone() };
        if content != head.payload_hash && link(prev, &with_content) != *hash {
            self.faults.push(Fault::PayloadAltered { seq });
        }
        // If the stored hash itself was altered, the next event and the checkpoints still know this one.
        self.meant = Some(computed);
        self.keep(seq, computed);
    }

    fn step(&mut self, seq: i64, hash: Hash) {
        self.seq = seq;
        self.last = hash;
        self.keep(seq, hash);
    }

    fn keep(&mut self, seq: i64, hash: Hash) {
        if self.wanted.as_ref().is_none_or(|wanted| wanted.binary_search(&seq).is_ok()) {
            self.kept.push((seq, hash));
        }
    }

    /// Compares the history with all checkpoints, in any order. A history that parts from them is named once, at the
    /// first place signed otherwise; a tail cut off is named once, with the furthest place signed. A checkpoint
    /// within a gap is left to the gap.
    pub fn finish(mut self, checkpoints: &[Checkpoint]) -> Verdict {
        let mut sorted: Vec<&Checkpoint> = checkpoints.iter().collect();
        sorted.sort_by_key(|checkpoint| checkpoint.seq);
        let (mut signed, mut other, mut cut) = (0, None, None);
        for checkpoint in sorted {
            let seq = checkpoint.seq;
            if checkpoint.county != self.county {
                self.faults.push(Fault::OtherCounty { seq });
            } else if seq > self.seq {
                cut = Some(Fault::Cut { have: self.seq, checkpoint: seq });
            } else if self.agrees(checkpoint) {
                signed = seq;
            } else if other.is_none() && !self.in_gap(seq) {
                other = Some(Fault::OtherHistory { seq });
            }
        }
        self.faults.extend(other);
        self.faults.extend(cut);
        Verdict { events: self.events, seq: self.seq, hash: self.last, signed, faults: self.faults }
    }

    fn agrees(&self, checkpoint: &Checkpoint) -> bool {
        // Events are fed in rising order only, so what was kept is sorted.
        let start = self.kept.partition_point(|(seq, _)| *seq < checkpoint.seq);
        let mut here = self.kept[start..].iter().take_while(|(seq, _)| *seq == checkpoint.seq);
        here.any(|(_, hash)| *hash == checkpoint.hash)
    }

    fn in_gap(&self, place: i64) -> bool {
        self.faults
            .iter()
            .any(|fault| matches!(fault, Fault::Gap { expected, found } if (*expected..*found).contains(&place)))
    }
}

#[cfg(test)]
mod tests;
