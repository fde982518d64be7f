//! Reading an archive: into a place apart, compared with its manifest, and proven, before it may become the county.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use kit::Noun;
use sea_orm::{ConnectionTrait, TransactionTrait};
use sha2::{Digest as _, Sha256};
use tar::EntryType;

use super::pack::Counted;
use super::rows::{self, Table};
use super::{
    ABOUT, BackupError, CHECKPOINTS, FILES, FORMAT, HEAD, Head, KEYS, MANIFEST, Manifest, PUBLIC, Part, Step, Summary,
    TABLES, at, damage,
};
use crate::dialect::{Pools, Target};
use crate::keys::{self, KeyFolder};
use crate::migrate::{self, Migration};
use crate::sql::Sql;
use crate::store::{Opening, Store};
use crate::verify::Report;

/// Where an archive lands: nothing of it is the county's own place yet.
pub struct Landing<'a> {
    /// The place that the records of a county will take; they are put together [beside](Target::beside) it.
    pub place: &'a dyn Fn(&str) -> Target,
    /// The place holds records, which will be kept aside.
    pub replace: bool,
    /// An empty folder: `county.toml`, `keys` and `files` are put there.
    pub folder: PathBuf,
    /// Where `sign.pub` may be found if the archive has none.
    pub keys: PathBuf,
    pub nouns: Vec<&'static Noun>,
    /// The steps of the areas; the store's own are known.
    pub migrations: &'a [Migration],
    pub random: fn(&mut [u8]),
    /// Carry on although the history does not verify: it did not when it was saved, and is to be had nevertheless.
    pub even_if_flawed: bool,
}

/// What was restored, and what its verification said.
#[derive(Debug)]
pub struct Restored {
    pub head: Head,
    pub summary: Summary,
    pub report: Report,
    /// Where the records are; [`Target::take_place`] brings them to `place`.
    pub beside: Target,
    pub place: Target,
}

/// Reads an archive into its landing and verifies it there. Whatever goes wrong, nothing is left of it in the database.
pub async fn restore(archive: impl Read, landing: &Landing<'_>, step: Step<'_>) -> Result<Restored, BackupError> {
    let mut archive = tar::Archive::new(archive);
    let mut entries = archive.entries().map_err(|error| damage(&error))?;
    let mut loader = Loader::new(landing);
    let head = loader.head(entries.next())?;
    let place = (landing.place)(&head.county);
    if !landing.replace && place.taken().await? {
        return Err(BackupError::Living(place.to_string()));
    }
    let beside = place.beside(&landing.folder);
    beside.clear().await?;
    let pools = Pools::open(&beside).await?;
    pools.hurry().await?;
    let mut summary = async {
        loader.prepare(&pools, &head).await?;
        for entry in &mut entries {
            let entry = entry.map_err(|error| damage(&error))?;
            loader.entry(&pools, &head, entry, step).await?;
        }
        loader.compare(&head)
    }
    .await;
    if summary.is_ok() {
        // To the very end: the check sum of the compression and the seal of the encryption stand there.
        let rest = std::io::copy(&mut archive.into_inner(), &mut std::io::sink());
        summary = rest.map_err(|error| damage(&error)).and(summary);
    }
    let done = finish(landing, &pools, &head, &beside, summary, step).await;
    match done {
        Ok((summary, report)) => Ok(Restored { head, summary, report, beside, place }),
        Err(error) => {
            beside.clear().await?;
            Err(error)
        }
    }
}

/// Brings what was loaded up to date, and proves it.
async fn finish(
    landing: &Landing<'_>,
    pools: &Pools,
    head: &Head,
    beside: &Target,
    loaded: Result<Summary, BackupError>,
    step: Step<'_>,
) -> Result<(Summary, Report), BackupError> {
    let current = async {
        let summary = loaded?;
        migrate::run(pools, landing.migrations).await?;
        pools.write.execute_unprepared("analyze").await?;
        Ok::<_, BackupError>(summary)
    }
    .await;
    pools.clone().close().await;
    let summary = current?;
    Ok((summary, prove(landing, head, beside, step).await?))
}

/// Proves the restored history with the checkpoints that came with it.
async fn prove(landing: &Landing<'_>, head: &Head, beside: &Target, step: Step<'_>) -> Result<Report, BackupError> {
    let own = landing.folder.join("keys");
    let key = [&own, &landing.keys].into_iter().find_map(|folder| keys::read_public(folder).ok());
    let Some(key) = key else {
        return if landing.even_if_flawed { Ok(Report::default()) } else { Err(BackupError::NoPublicKey) };
    };
    let log = fs::read_to_string(own.join(CHECKPOINTS)).unwrap_or_default();
    // Only the county's own: those of another would find every sealed value broken.
    let theirs =
        |folder: &&PathBuf| folder.join(KEYS[0]).exists() && keys::read_public(folder).is_ok_and(|found| found == key);
    let keys = [&own, &landing.keys].into_iter().find(theirs).and_then(|folder| KeyFolder::open(folder).ok());
    let opening = Opening {
        target: beside.clone(),
        county: head.county.clone(),
        keys,
        checkpoints: own.join(CHECKPOINTS),
        nouns: landing.nouns.clone(),
        migrations: landing.migrations,
        random: landing.random,
    };
    let store = Store::open(opening).await?;
    let report = store.verify(&log, &key, &mut |_| {}).await;
    store.close().await;
    let report = report?;
    step("verified", report.events);
    if !report.flaws.is_empty() && !landing.even_if_flawed {
        return Err(BackupError::Flawed(report.flaws));
    }
    Ok(report)
}

type Entry<'a, R> = tar::Entry<'a, R>;

/// The archive as far as it was read.
struct Loader<'a> {
    landing: &'a Landing<'a>,
    /// The tables of this database, with their columns in the archive's order.
    tables: Vec<(Table, Counted)>,
    files: Counted,
    small: Vec<Part>,
    manifest: Option<Manifest>,
}

impl<'a> Loader<'a> {
    fn new(landing: &'a Landing<'a>) -> Self {
        Self { landing, tables: Vec::new(), files: Counted::new(FILES), small: Vec::new(), manifest: None }
    }

    /// Whether this program can read the archive stands at its beginning.
    fn head<R: Read>(&self, entry: Option<std::io::Result<Entry<'_, R>>>) -> Result<Head, BackupError> {
        let mut entry = entry.ok_or(BackupError::Cut)?.map_err(|error| damage(&error))?;
        if name_of(&entry)? != Path::new(HEAD) {
            return Err(BackupError::Foreign);
        }
        let text = read(&mut entry)?;
        let value: serde_json::Value = serde_json::from_slice(&text).map_err(|_| BackupError::Foreign)?;
        let program = value["program"].as_str().unwrap_or("unknown").to_owned();
        if let Some(format) = value["format"].as_u64().filter(|format| *format > u64::from(FORMAT)) {
            let what = format!("its format is {format}, this program knows {FORMAT}");
            return Err(BackupError::Newer { program, what });
        }
        let head: Head = serde_json::from_value(value).map_err(|error| BackupError::Damaged(error.to_string()))?;
        let unknown = migrate::unknown(self.landing.migrations, &head.steps);
        if !unknown.is_empty() {
            let what = format!("its records have steps that this program does not know ({})", unknown.join(", "));
            return Err(BackupError::Newer { program, what });
        }
        Ok(head)
    }

    /// Makes the tables as they were and empties what a step filled: the archive has all of it.
    async fn prepare(&mut self, pools: &Pools, head: &Head) -> Result<(), BackupError> {
        migrate::run_only(pools, self.landing.migrations, &head.steps).await?;
        let mut own = rows::tables(&pools.write, pools).await?;
        for table in &head.tables {
            let odd = || BackupError::Damaged(format!("the table {} is not one of these steps", table.name));
            let place = own.iter().position(|own| own.name == table.name).ok_or_else(odd)?;
            let found = own.swap_remove(place);
            let column = |wanted: &rows::Column| {
                found.columns.iter().find(|column| column.name == wanted.name).cloned().ok_or_else(odd)
            };
            let columns = table.columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
            if columns.len() != found.columns.len() {
                return Err(odd());
            }
            pools.write.execute_unprepared(&format!("delete from \"{}\"", table.name)).await?;
            self.tables.push((Table { name: table.name.clone(), columns }, Counted::new(&table.name)));
        }
        match own.first() {
            Some(table) => Err(BackupError::Damaged(format!("the table {} is not in it", table.name))),
            None => Ok(()),
        }
    }

    async fn entry<R: Read>(
        &mut self,
        pools: &Pools,
        head: &Head,
        mut entry: Entry<'_, R>,
        step: Step<'_>,
    ) -> Result<(), BackupError> {
        let name = name_of(&entry)?;
        if self.manifest.is_some() {
            return Err(BackupError::Damaged(format!("{} stands behind the end", name.display())));
        }
        let mut parts = name.iter().filter_map(|part| part.to_str());
        match (parts.next(), parts.next()) {
            (Some(MANIFEST), None) => {
                let manifest = serde_json::from_slice(&read(&mut entry)?);
                self.manifest = Some(manifest.map_err(|error| BackupError::Damaged(error.to_string()))?);
                Ok(())
            }
            (Some(TABLES), Some(table)) => self.piece(pools, table, &mut entry, step).await,
            (Some(FILES), Some(_)) => self.file(&name, &mut entry, step),
            (Some(small), None) => self.small(head, small, &mut entry),
            _ => Err(BackupError::Damaged(format!("{} is unknown", name.display()))),
        }
    }

    async fn piece<R: Read>(
        &mut self,
        pools: &Pools,
        table: &str,
        entry: &mut Entry<'_, R>,
        step: Step<'_>,
    ) -> Result<(), BackupError> {
        let known = self.tables.iter_mut().find(|(known, _)| known.name == table);
        let Some((table, part)) = known else {
            return Err(BackupError::Damaged(format!("the table {table} is unknown")));
        };
        let bytes = read(entry)?;
        part.add(&bytes);
        let text = std::str::from_utf8(&bytes).map_err(|_| BackupError::Damaged(format!("a row of {}", table.name)))?;
        part.part.count += insert(pools, table, text).await?;
        step(&table.name, part.part.count);
        Ok(())
    }

    fn file<R: Read>(&mut self, name: &Path, entry: &mut Entry<'_, R>, step: Step<'_>) -> Result<(), BackupError> {
        let path = self.landing.folder.join(name);
        let mut own = Sha256::new();
        copy(entry, &path, |bytes| {
            self.files.add(bytes);
            own.update(bytes);
        })?;
        // An attachment is called by the hash of its bytes.
        let called = name.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_hash = called.len() == 64 && called.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash && called != hex::encode(own.finalize()) {
            return Err(BackupError::Damaged(format!("the attachment {called} is not what its name says")));
        }
        self.files.part.count += 1;
        step(FILES, self.files.part.count);
        Ok(())
    }

    fn small<R: Read>(&mut self, head: &Head, name: &str, entry: &mut Entry<'_, R>) -> Result<(), BackupError> {
        let secret = KEYS.contains(&name);
        if !(name == ABOUT || name == PUBLIC || name == CHECKPOINTS || secret && head.keys) {
            return Err(BackupError::Damaged(format!("{name} is unknown")));
        }
        let folder = if name == ABOUT { self.landing.folder.clone() } else { self.landing.folder.join("keys") };
        // Small in the beginning: the log of checkpoints grows by a line a minute for as long as there is a county.
        let mut part = Counted::new(name);
        copy(entry, &folder.join(name), |bytes| part.add(bytes))?;
        part.part.count = 1;
        self.small.push(part.finish());
        Ok(())
    }

    /// Everything that the manifest names has come, and nothing else.
    fn compare(&mut self, head: &Head) -> Result<Summary, BackupError> {
        let manifest = self.manifest.take().ok_or(BackupError::Cut)?;
        let tables: Vec<Part> = self.tables.drain(..).map(|(_, part)| part.finish()).collect();
        let files = std::mem::replace(&mut self.files, Counted::new(FILES)).finish();
        let came = tables.iter().chain(&self.small).chain(std::iter::once(&files));
        let said = manifest.tables.iter().chain(&manifest.small).chain(std::iter::once(&manifest.files));
        if let Some((part, _)) = came.clone().zip(said.clone()).find(|(came, said)| came != said) {
            return Err(BackupError::Damaged(format!("{} is not what the manifest says", part.name)));
        }
        if came.count() != said.count() {
            return Err(BackupError::Damaged("parts of it are missing".into()));
        }
        Ok(Summary {
            county: head.county.clone(),
            at: head.at,
            seq: head.seq,
            tables: tables.len() as u64,
            rows: tables.iter().map(|part| part.count).sum(),
            files: files.count,
            gone: Vec::new(),
        })
    }
}

/// The name of an entry: a plain file below the archive's root, never a link or a way out of the folder.
fn name_of<R: Read>(entry: &Entry<'_, R>) -> Result<PathBuf, BackupError> {
    let path = entry.path().map_err(|error| damage(&error))?.into_owned();
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || entry.header().entry_type() != EntryType::Regular {
        return Err(BackupError::Damaged(format!("{} is no plain file", path.display())));
    }
    Ok(path)
}

fn read<R: Read>(entry: &mut Entry<'_, R>) -> Result<Vec<u8>, BackupError> {
    /// No part that is read whole comes near this; a length that lies must not take the memory.
    const MOST: u64 = 256 << 20;
    if entry.size() > MOST {
        return Err(BackupError::Damaged("a part of it is too large".into()));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|error| damage(&error))?;
    Ok(bytes)
}

/// Writes a part to its file, however long it is, and flushes it; no copy of a key stays in memory.
fn copy<R: Read>(entry: &mut Entry<'_, R>, path: &Path, mut seen: impl FnMut(&[u8])) -> Result<(), BackupError> {
    let mut file = create(path)?;
    let mut buffer = zeroize::Zeroizing::new(vec![0; 1 << 16]);
    loop {
        let length = entry.read(&mut buffer).map_err(|error| damage(&error))?;
        if length == 0 {
            return file.sync_all().map_err(at(path));
        }
        seen(&buffer[..length]);
        file.write_all(&buffer[..length]).map_err(at(path))?;
    }
}

fn create(path: &Path) -> Result<fs::File, BackupError> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(at(path))
}

async fn insert(pools: &Pools, table: &Table, text: &str) -> Result<u64, BackupError> {
    let per_statement = (pools.max_values() / table.columns.len().max(1)).clamp(1, 1000);
    let begin = format!("insert into \"{}\" ({}) values ", table.name, table.columns());
    let mut lines = text.lines().peekable();
    let mut count = 0;
    let tx = pools.write.begin().await?;
    while lines.peek().is_some() {
        let mut sql = Sql::new(begin.clone());
        for (at, line) in lines.by_ref().take(per_statement).enumerate() {
            sql.push(if at == 0 { "" } else { "," }).bind_list(rows::values(table, line)?);
            count += 1;
        }
        tx.execute_raw(sql.statement(pools.backend)).await?;
    }
    tx.commit().await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn a_log_of_checkpoints_of_many_years_is_restored() {
        let folder = tempfile::TempDir::new().unwrap();
        let landing = Landing {
            place: &|_| Target::Sqlite(PathBuf::new()),
            replace: false,
            folder: folder.path().to_owned(),
            keys: PathBuf::new(),
            nouns: Vec::new(),
            migrations: &[],
            random: |_| (),
            even_if_flawed: false,
        };
        let head = Head {
            format: FORMAT,
            program: String::new(),
            county: "431124".into(),
            at: 0,
            steps: Vec::new(),
            keys: false,
            seq: 0,
            hash: String::new(),
            tables: Vec::new(),
        };
        // It says how long it is, and the test is spared most of it.
        let mut header = tar::Header::new_gnu();
        header.set_size(1 << 30);
        header.set_mode(0o600);
        let mut archive = tar::Builder::new(Vec::new());
        archive.append_data(&mut header, CHECKPOINTS, &b"c1 431124 7\n"[..]).unwrap();
        let bytes = archive.into_inner().unwrap();
        let mut archive = tar::Archive::new(&bytes[..11 + 512]);
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        let mut loader = Loader::new(&landing);
        loader.small(&head, CHECKPOINTS, &mut entry).unwrap();
        assert_eq!((loader.small[0].count, loader.small[0].bytes), (1, 11));
        assert_eq!(fs::read_to_string(folder.path().join("keys").join(CHECKPOINTS)).unwrap(), "c1 431124 7");
    }
}
