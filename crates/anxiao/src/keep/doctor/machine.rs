//! What can be seen without the records: settings, folders, keys, space, backups.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use store::keys::{KeyError, KeyFolder};

use super::{Check, Finding, days, shown, size};
use crate::keep::{machine_now, moment_text, save, upgrade};
use crate::options::{self, Config};
use crate::{county, tls};

/// Below this a commit may fail any moment; below ten times as much a month's photographs may not fit.
const LITTLE: u64 = 200 << 20;

pub async fn look(config: &Config) -> Vec<Check> {
    let mut checks = vec![
        Check::ok("program", format!("anxiao {}", env!("CARGO_PKG_VERSION"))),
        folder(config),
        listen(config).await,
        messages(config),
        rules(config),
        keys(config),
    ];
    let keys = county::keys_path(config);
    let places = [("space.data", config.data.as_path()), ("space.keys", &keys), ("space.temp", &std::env::temp_dir())];
    checks.extend(places.into_iter().map(|(name, path)| space(name, path)));
    checks.push(last_backup(config));
    checks.push(copies(config));
    checks
}

fn folder(config: &Config) -> Check {
    let about = match county::about(config) {
        Ok(about) => about,
        Err(error) => return Check::new("county", Finding::Bad, format!("{error:#}"), "name the folder with --data"),
    };
    if config.data.join(crate::keep::restore::ROOM).exists() {
        let then = "run `anxiao restore` again, or remove the folder .restoring";
        return Check::new("county", Finding::Warn, "a restore was interrupted here", then);
    }
    let mode = std::fs::metadata(&config.data).map_or(0, |data| data.permissions().mode() & 0o7777);
    if mode & 0o007 != 0 && !about.sample {
        let then = format!("run: chmod o= {}", shown(&config.data));
        return Check::new(
            "county",
            Finding::Warn,
            format!("{} is open to others (mode {mode:04o})", shown(&config.data)),
            then,
        );
    }
    Check::ok("county", format!("{} {} in {}", about.code, about.name, shown(&config.data)))
}

async fn listen(config: &Config) -> Check {
    let outside = !config.listen.ip().is_loopback();
    if outside && config.tls_cert.is_none() && !config.trusted_proxy {
        let then = "give tls_cert and tls_key, or trusted_proxy = true when a proxy in front speaks TLS";
        return Check::new(
            "address",
            Finding::Bad,
            format!("{} can be reached from outside without TLS", config.listen),
            then,
        );
    }
    if let Err(error) = tls::read(config).await {
        let then = "mend the settings tls_cert and tls_key, or the files that they name";
        return Check::new("address", Finding::Bad, format!("{error:#}"), then);
    }
    Check::ok("address", config.listen.to_string())
}

/// A folder with a fault keeps the program from its next start.
fn rules(config: &Config) -> Check {
    let place = config.rules.as_deref().map_or_else(|| "as they ship".to_owned(), shown);
    match crate::rules::read(config) {
        Ok(rules) => Check::ok("rules", format!("{place}: {} norms", rules.norms.iter().count())),
        Err(error) => {
            let then = "mend that line; `anxiao rules check DIR` names the first fault of a folder";
            Check::new("rules", Finding::Bad, format!("{error:#}"), then)
        }
    }
}

/// A guardian answers by the link of his text message, and a link begins with how the site is reached from outside.
fn messages(config: &Config) -> Check {
    const NAME: &str = "messages";
    let gateways = &config.messages;
    let office = gateways.mail.is_some() || gateways.wecom.is_some() || gateways.dingtalk.is_some();
    let then = "set public_url to the address that a telephone opens: public_url = \"https://anquan.example.gov.cn\"";
    match config.public_url.as_deref().map(options::site) {
        Some(Ok(site)) => Check::ok(NAME, format!("links lead to {site}")),
        Some(Err(error)) => Check::new(NAME, Finding::Bad, error.to_string(), then),
        None if gateways.sms.is_some() => {
            let says = "public_url is not set: a text message that asks a guardian for an answer cannot lead to it and is not sent";
            Check::new(NAME, Finding::Bad, says, then)
        }
        None if office => Check::new(NAME, Finding::Warn, "public_url is not set: messages lead nowhere", then),
        None => Check::ok(NAME, "told in the app alone"),
    }
}

fn keys(config: &Config) -> Check {
    let path = county::keys_path(config);
    match KeyFolder::open(&path) {
        Ok(keys) => Check::ok("keys", format!("{}, county key v{}", path.display(), keys.newest().version)),
        Err(error @ (KeyError::Missing(_) | KeyError::Incomplete(_))) => {
            let then =
                "put the copy of the key folder back; until then sealed values stay sealed and nothing is signed";
            Check::new("keys", Finding::Warn, error.to_string(), then)
        }
        Err(error) => {
            Check::new("keys", Finding::Bad, error.to_string(), "put the copy of the key folder back, or close it")
        }
    }
}

fn space(name: &'static str, path: &Path) -> Check {
    // A folder that is still to be made will lie where the one above does.
    let Some(there) = path.ancestors().find(|path| path.exists()).or(Some(Path::new("."))) else {
        return Check::new(name, Finding::Unknown, shown(path), "");
    };
    match rustix::fs::statvfs(there) {
        Err(error) => Check::new(name, Finding::Unknown, format!("{}: {error}", path.display()), ""),
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let says = format!("{}: {} free", path.display(), size(free));
            let then = "make room: without it nothing can be recorded";
            match free {
                0..LITTLE => Check::new(name, Finding::Bad, says, then),
                _ if free < 10 * LITTLE => Check::new(name, Finding::Warn, says, then),
                _ => Check::ok(name, says),
            }
        }
    }
}

fn last_backup(config: &Config) -> Check {
    const OLD: i64 = 2;
    let then = "run `anxiao backup FILE` every night, and copy the file to another machine";
    let Some(last) = save::last(config) else { return Check::new("backup", Finding::Warn, "there was none yet", then) };
    let age = days(last.at, machine_now());
    let says = format!("the last on {}, up to event {}: {}", moment_text(last.at), last.seq, last.file.display());
    if age >= OLD {
        Check::new("backup", Finding::Warn, format!("{says} ({age} days ago)"), then)
    } else {
        Check::ok("backup", says)
    }
}

/// Copies that nobody goes back to any more take room, and hold whoever was erased since.
fn copies(config: &Config) -> Check {
    const NAME: &str = "copies";
    const OLD: i64 = 30;
    let kept = match upgrade::kept(config) {
        Ok(kept) => kept,
        Err(error) => return Check::new(NAME, Finding::Unknown, error.to_string(), ""),
    };
    let abouts: Vec<_> = kept.iter().filter_map(|path| path.metadata().ok()).collect();
    let bytes: u64 = abouts.iter().map(std::fs::Metadata::len).sum();
    let moments = abouts.iter().filter_map(|about| about.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    let oldest = moments.filter_map(|since| i64::try_from(since.as_millis()).ok()).min();
    match oldest {
        None => Check::ok(NAME, "none from before an upgrade"),
        Some(oldest) => {
            let says =
                format!("{} from before upgrades, {}, the oldest of {}", kept.len(), size(bytes), moment_text(oldest));
            if days(oldest, machine_now()) < OLD {
                return Check::ok(NAME, says);
            }
            let then = format!(
                "remove those that nobody will go back to (upgrades/, anxiao-replaced-…, files-replaced-… in {}): whoever was erased since is still in them",
                shown(&config.data)
            );
            Check::new(NAME, Finding::Warn, says, then)
        }
    }
}
