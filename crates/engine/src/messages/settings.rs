//! The gateways in the configuration file, `[messages.…]`. Secrets stand in files of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `21:30-06:30`: when only what is urgent goes out, for whoever has set no hours of his own. Empty: never quiet.
    pub quiet: String,
    /// First pause before another attempt, in seconds (default 5); it doubles up to an hour.
    pub retry_seconds: Option<u32>,
    /// Attempts before a message is a dead letter (default 12: an hour at least).
    pub attempts: Option<u32>,
    pub mail: Option<Mail>,
    pub sms: Option<Sms>,
    pub wecom: Option<WeCom>,
    pub dingtalk: Option<DingTalk>,
    pub push: Option<Push>,
}

/// A mail server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub host: String,
    pub port: Option<u16>,
    /// `tls` (default), `starttls`, or `none` for a server on this machine.
    pub security: Option<String>,
    pub from: String,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    pub per_minute: Option<u32>,
}

/// An SMS gateway over HTTP, as operators in the mainland run them: approved signature, template number, parameters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    pub url: String,
    /// The approved signature (签名), such as 道县教育局.
    pub signature: String,
    pub secret_file: PathBuf,
    /// The secret that status reports must bring; without one none are taken.
    pub report_secret_file: Option<PathBuf>,
    /// Our template numbers (`rules/messages.toml`) to those that the operator approved; one that is missing stays as it is. A text with a
    /// place for where it leads (`link` or `path` there) needs `public_url`.
    #[serde(default)]
    pub templates: BTreeMap<String, String>,
    pub per_minute: Option<u32>,
}

/// 企业微信: an application that writes to members.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeCom {
    pub url: Option<String>,
    pub corp_id: String,
    pub agent_id: i64,
    pub secret_file: PathBuf,
    pub per_minute: Option<u32>,
}

/// 钉钉: work notices to members.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DingTalk {
    pub url: Option<String>,
    pub app_key: String,
    pub agent_id: i64,
    pub secret_file: PathBuf,
    pub per_minute: Option<u32>,
}

/// 浏览器推送 (Web Push): by the services that the browsers' makers run. The county's key for it is made in the key folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// `mailto:…` or `https://…`: where whoever runs such a service reaches the county.
    pub contact: String,
    /// The hosts of services that are written to, each with those below it; default: those of Chrome, Firefox, Safari and Edge.
    pub services: Option<Vec<String>>,
    pub per_minute: Option<u32>,
}

/// What stands in a file of secrets, without the line's end.
///
/// # Errors
/// Names the file: it cannot be read, or nothing stands in it.
pub fn secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = text.trim().to_owned();
    if text.is_empty() { Err(format!("{} is empty", path.display())) } else { Ok(text) }
}
