//! Writing an archive: every table from one snapshot of the database, then the files that its rows name.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use sea_orm::{ConnectionTrait, DatabaseTransaction, StreamTrait};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::rows::{self, Table};
use super::{
    ABOUT, Attached, BackupError, CHECKPOINTS, Content, FILES, FORMAT, HEAD, Head, KEYS, MANIFEST, Manifest, PUBLIC,
    Part, Sealed, Step, Summary, TABLES, at,
};
use crate::chain;
use crate::dialect::Pools;
use crate::error::StoreError;
use crate::sql::Sql;

/// A table is written in pieces of about this size: the memory that a backup takes does not grow with the county.
const PIECE: usize = 4 << 20;

pub(super) async fn pack<W: Write>(
    pools: &Pools,
    county: &str,
    content: &Content,
    out: &mut Sealed<W>,
    step: Step<'_>,
) -> Result<Summary, BackupError> {
    let mut archive = Archive::new(out, content.at);
    let mut manifest = Manifest::default();
    let tx = pools.snapshot().await?;
    let head = head(&tx, pools, county, content).await?;
    archive.json(HEAD, &head)?;
    for table in &head.tables {
        manifest.tables.push(pack_table(&tx, pools, table, &mut archive, step).await?);
    }
    // SQLite's log cannot shrink while the snapshot is held, and the files do not need it: their bytes are there before the row
    // that names them.
    tx.rollback().await?;
    let (files, gone) = match &content.files {
        Some(all) => archive.files(all.as_ref(), step).await?,
        None => (Counted::new(FILES).finish(), Vec::new()),
    };
    manifest.files = files;
    small(&mut archive, content, head.seq, &mut manifest)?;
    archive.json(MANIFEST, &manifest)?;
    archive.finish()?;
    Ok(Summary {
        county: head.county,
        at: head.at,
        seq: head.seq,
        tables: manifest.tables.len() as u64,
        rows: manifest.tables.iter().map(|part| part.count).sum(),
        files: manifest.files.count,
        gone,
    })
}

async fn head(tx: &DatabaseTransaction, pools: &Pools, county: &str, content: &Content) -> Result<Head, StoreError> {
    // The first question fixes the snapshot.
    let row = tx.query_one_raw(Sql::new("select seq, hash from chain where id = 1").statement(pools.backend)).await?;
    let (seq, hash) = match row {
        Some(row) => (row.try_get_by_index(0)?, chain::stored_hash(&row.try_get_by_index::<Vec<u8>>(1)?)),
        None => (0, chain::genesis(county)),
    };
    let steps = tx.query_all_raw(Sql::new("select name from migration order by name").statement(pools.backend)).await?;
    Ok(Head {
        format: FORMAT,
        program: content.program.clone(),
        county: county.to_owned(),
        at: content.at,
        steps: steps.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?,
        keys: content.with_keys,
        seq,
        hash: hex::encode(hash),
        tables: rows::tables(tx, pools).await?,
    })
}

async fn pack_table<W: Write>(
    tx: &DatabaseTransaction,
    pools: &Pools,
    table: &Table,
    archive: &mut Archive<'_, W>,
    step: Step<'_>,
) -> Result<Part, BackupError> {
    let sql = Sql::new(format!("select {} from \"{}\"", table.columns(), table.name));
    let mut rows = tx.stream_raw(sql.statement(pools.backend)).await?;
    let mut part = Counted::new(&table.name);
    let mut piece = Vec::new();
    let mut pieces = 0_u32;
    while let Some(row) = rows.try_next().await? {
        rows::line(table, &row, &mut piece)?;
        part.part.count += 1;
        if piece.len() >= PIECE {
            pieces += 1;
            archive.piece(&table.name, pieces, &mut piece, &mut part)?;
            step(&table.name, part.part.count);
        }
    }
    if !piece.is_empty() {
        archive.piece(&table.name, pieces + 1, &mut piece, &mut part)?;
    }
    step(&table.name, part.part.count);
    Ok(part.finish())
}

fn small<W: Write>(
    archive: &mut Archive<'_, W>,
    content: &Content,
    seq: i64,
    manifest: &mut Manifest,
) -> Result<(), BackupError> {
    let mut put = |name: &str, bytes: &[u8]| -> Result<(), BackupError> {
        let mut part = Counted::new(name);
        part.add(bytes);
        part.part.count = 1;
        archive.bytes(name, bytes)?;
        manifest.small.push(part.finish());
        Ok(())
    };
    put(ABOUT, content.about.as_bytes())?;
    for name in [PUBLIC, CHECKPOINTS].into_iter().chain(KEYS.into_iter().filter(|_| content.with_keys)) {
        let path = content.keys.join(name);
        match std::fs::read(&path).map(Zeroizing::new) {
            Ok(bytes) if name == CHECKPOINTS => put(name, checkpoints_up_to(&bytes, seq).as_bytes())?,
            Ok(bytes) => put(name, &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&path)(error)),
        }
    }
    Ok(())
}

/// The checkpoints that the snapshot reaches: while it was copied the county went on, and a later one would prove it cut.
pub fn checkpoints_up_to(log: &[u8], seq: i64) -> String {
    let later = |line: &&str| {
        let signed = line.split(' ').nth(2).and_then(|text| text.parse::<i64>().ok());
        signed.is_none_or(|signed| signed <= seq)
    };
    String::from_utf8_lossy(log).lines().filter(later).fold(String::new(), |text, line| text + line + "\n")
}

/// A part in the making: counted and hashed while it goes by.
pub(super) struct Counted {
    pub part: Part,
    sha: Sha256,
}

impl Counted {
    pub fn new(name: &str) -> Self {
        Self { part: Part { name: name.to_owned(), ..Part::default() }, sha: Sha256::new() }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.sha.update(bytes);
        self.part.bytes += bytes.len() as u64;
    }

    pub fn finish(self) -> Part {
        Part { sha256: hex::encode(self.sha.finalize()), ..self.part }
    }
}

/// The archive being written.
struct Archive<'a, W: Write> {
    tar: tar::Builder<&'a mut Sealed<W>>,
    seconds: u64,
}

impl<'a, W: Write> Archive<'a, W> {
    fn new(out: &'a mut Sealed<W>, at: i64) -> Self {
        Self { tar: tar::Builder::new(out), seconds: u64::try_from(at / 1000).unwrap_or_default() }
    }

    fn entry(&mut self, name: &Path, length: u64, content: impl Read) -> Result<(), BackupError> {
        let mut header = tar::Header::new_gnu();
        header.set_size(length);
        header.set_mode(0o600);
        header.set_mtime(self.seconds);
        self.tar.append_data(&mut header, name, content).map_err(BackupError::Write)
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        self.entry(Path::new(name), bytes.len() as u64, bytes)
    }

    fn json(&mut self, name: &str, value: &impl serde::Serialize) -> Result<(), BackupError> {
        let text = serde_json::to_vec_pretty(value).map_err(|error| BackupError::Write(error.into()))?;
        self.bytes(name, &text)
    }

    fn piece(&mut self, table: &str, number: u32, piece: &mut Vec<u8>, part: &mut Counted) -> Result<(), BackupError> {
        part.add(piece);
        self.bytes(&format!("{TABLES}/{table}/{number:06}.jsonl"), piece)?;
        piece.clear();
        Ok(())
    }

    /// Every attachment. One that is deleted meanwhile is named, not an error.
    async fn files(&mut self, all: &dyn Attached, step: Step<'_>) -> Result<(Part, Vec<PathBuf>), BackupError> {
        let mut part = Counted::new(FILES);
        let mut gone = Vec::new();
        for name in all.names().await.map_err(at(Path::new(FILES)))? {
            let Some(bytes) = all.read(&name).await.map_err(at(&name))? else {
                gone.push(name);
                continue;
            };
            part.add(&bytes);
            part.part.count += 1;
            self.entry(&Path::new(FILES).join(&name), bytes.len() as u64, bytes.as_slice())?;
            step(FILES, part.part.count);
        }
        Ok((part.finish(), gone))
    }

    fn finish(mut self) -> Result<(), BackupError> {
        self.tar.finish().map_err(BackupError::Write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_signed_after_the_snapshot_stay_out() {
        let log = b"c1 431124 10 aa 1 sig\nc1 431124 12 bb 2 sig\ndamaged\nc1 431124 13 cc 3 sig\n";
        assert_eq!(checkpoints_up_to(log, 12), "c1 431124 10 aa 1 sig\nc1 431124 12 bb 2 sig\ndamaged\n");
    }
}
