//! 短信: a gateway over HTTP. It gets an approved signature, the number of an approved text and its parameters; never free text.
//!
//! ```text
//! POST <url>
//! Idempotency-Key: <key>      X-Signature: <HMAC-SHA-256 of the body under the secret, hex>
//! {"id": "<key>", "phone": "138…", "signature": "道县教育局", "template": "SMS_123", "params": {"place": "…"}, "values": ["…"]}
//! → {"id": "<the gateway's own number>"}
//! ```
//!
//! Operators differ in the names of these members and in nothing else that matters here; a relay of a few lines translates. Their status
//! reports come to `/messages/reports/sms`.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::channel::{self, Channel, Failure, Letter};
use super::settings;

pub struct Sms {
    client: reqwest::Client,
    secret: String,
    settings: settings::Sms,
}

impl Sms {
    pub fn open(settings: &settings::Sms, client: reqwest::Client) -> Result<Self, String> {
        let secret = settings::secret(&settings.secret_file)?;
        channel::no_group(&settings.url)?;
        reqwest::Url::parse(&settings.url).map_err(|error| format!("messages.sms.url: {error}"))?;
        if let Some(file) = &settings.report_secret_file {
            settings::secret(file)?;
        }
        Ok(Self { client, secret, settings: settings.clone() })
    }

    fn body(&self, letter: &Letter) -> Value {
        let template = self.settings.templates.get(&letter.template).unwrap_or(&letter.template);
        let named: Map<_, _> = letter.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "id": letter.key,
            "phone": letter.to,
            "signature": self.settings.signature,
            "template": template,
            "params": named,
            "values": letter.params.iter().map(|(_, value)| value).collect::<Vec<_>>(),
        })
    }
}

#[async_trait]
impl Channel for Sms {
    fn name(&self) -> &'static str {
        "sms"
    }

    fn per_minute(&self) -> u32 {
        self.settings.per_minute.unwrap_or(6_000)
    }

    async fn send(&self, letter: &Letter) -> Result<Option<String>, Failure> {
        let body = self.body(letter).to_string();
        let request = self.client.post(&self.settings.url).header("content-type", "application/json");
        // A header holds ASCII alone; a cause may be written in anything.
        let key = if letter.key.is_ascii() { letter.key.clone() } else { crate::web::encode(&letter.key) };
        let request = request.header("idempotency-key", key);
        let request = request.header("x-signature", channel::signature(&self.secret, body.as_bytes()));
        let answer = request.body(body).send().await.map_err(channel::unreached)?;
        if let Some(failure) = channel::judge(&answer) {
            return Err(failure);
        }
        // What was taken is taken, whatever the answer looks like: sending again for the sake of a number would repeat it.
        let said: Value = answer.json().await.unwrap_or_default();
        Ok(said["id"].as_str().map(str::to_owned))
    }
}
