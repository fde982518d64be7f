//! What is around the archive: compression always, encryption with a passphrase.

use std::io::{self, BufRead, BufReader, Read, Write};

use age::secrecy::SecretString;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::{BackupError, Passphrase, damage};

/// scrypt with N = 2^18: about a second, and 256 MiB, for each passphrase that somebody tries.
const WORK: u8 = 18;
/// A header that demands more would only keep this machine busy.
const MOST_WORK: u8 = 22;
const AGE: &[u8] = b"age-encryption.org/";
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Where an archive is written to.
pub enum Sealed<W: Write> {
    Plain(GzEncoder<W>),
    Wrapped(GzEncoder<age::stream::StreamWriter<W>>),
}

/// Begins an archive, encrypted if there is a passphrase.
pub fn seal<W: Write>(out: W, passphrase: Option<&Passphrase>) -> Result<Sealed<W>, BackupError> {
    // Fast: most of a large backup is photographs, which do not get smaller.
    let level = Compression::fast();
    let Some(passphrase) = passphrase else { return Ok(Sealed::Plain(GzEncoder::new(out, level))) };
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase.as_str().to_owned()));
    recipient.set_work_factor(WORK);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .map_err(|error| BackupError::Write(io::Error::other(error)))?;
    let stream = encryptor.wrap_output(out).map_err(BackupError::Write)?;
    Ok(Sealed::Wrapped(GzEncoder::new(stream, level)))
}

impl<W: Write> Sealed<W> {
    /// Writes what ends each layer: without it the archive counts as cut.
    pub fn finish(self) -> Result<W, BackupError> {
        match self {
            Self::Plain(gzip) => gzip.finish(),
            Self::Wrapped(gzip) => gzip.finish().and_then(age::stream::StreamWriter::finish),
        }
        .map_err(BackupError::Write)
    }
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(gzip) => gzip.write(bytes),
            Self::Wrapped(gzip) => gzip.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(gzip) => gzip.flush(),
            Self::Wrapped(gzip) => gzip.flush(),
        }
    }
}

/// Where an archive is read from.
pub enum Opened<R: Read> {
    Plain(GzDecoder<BufReader<R>>),
    Wrapped(GzDecoder<age::stream::StreamReader<BufReader<R>>>),
}

/// Opens an archive; `ask` is called only if it is encrypted.
pub fn open<R: Read, E: From<BackupError>>(
    file: R,
    ask: impl FnOnce() -> Result<Option<Passphrase>, E>,
) -> Result<Opened<R>, E> {
    let mut file = BufReader::with_capacity(1 << 16, file);
    let start = file.fill_buf().map_err(|error| damage(&error))?;
    if start.starts_with(GZIP) {
        return Ok(Opened::Plain(GzDecoder::new(file)));
    }
    if !start.starts_with(AGE) {
        return Err(if start.is_empty() { BackupError::Cut } else { BackupError::Foreign }.into());
    }
    let passphrase = ask()?.ok_or(BackupError::NeedsPassphrase)?;
    Ok(Opened::Wrapped(GzDecoder::new(unwrap(file, &passphrase)?)))
}

fn unwrap<R: Read>(
    file: BufReader<R>,
    passphrase: &Passphrase,
) -> Result<age::stream::StreamReader<BufReader<R>>, BackupError> {
    let decryptor = age::Decryptor::new_buffered(file).map_err(refused)?;
    let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.as_str().to_owned()));
    identity.set_max_work_factor(MOST_WORK);
    decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(refused)
}

fn refused(error: age::DecryptError) -> BackupError {
    use age::DecryptError as E;
    match error {
        E::DecryptionFailed | E::KeyDecryptionFailed | E::NoMatchingKeys => BackupError::WrongPassphrase,
        E::Io(error) => damage(&error),
        other => BackupError::Damaged(other.to_string()),
    }
}

impl<R: Read> Read for Opened<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(gzip) => gzip.read(buffer),
            Self::Wrapped(gzip) => gzip.read(buffer),
        }
    }
}
