//! 邮件: SMTP. A mail server knows no keys; the message id is made of ours, so that a letter that comes twice is seen to be one.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use sha2::{Digest, Sha256};

use super::channel::{Channel, Failure, Letter};
use super::settings;

/// How long it may take for one command: many let an unknown sender wait before they answer.
const PATIENCE: Duration = Duration::from_mins(2);

pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    per_minute: u32,
}

impl Mail {
    pub fn open(settings: &settings::Mail) -> Result<Self, String> {
        let named = |what: &str, error: &dyn std::fmt::Display| format!("messages.mail.{what}: {error}");
        let from: Mailbox = settings.from.parse().map_err(|error| named("from", &error))?;
        let security = settings.security.as_deref().unwrap_or("tls");
        let tls = || TlsParameters::new(settings.host.clone()).map_err(|error| named("host", &error));
        let (tls, port) = match security {
            "tls" => (Tls::Wrapper(tls()?), 465),
            "starttls" => (Tls::Required(tls()?), 587),
            "none" => (Tls::None, 25),
            other => return Err(format!("messages.mail.security: {other:?} is none of tls, starttls, none")),
        };
        let server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host);
        let mut server = server.port(settings.port.unwrap_or(port)).tls(tls).timeout(Some(PATIENCE));
        if let Some((user, file)) = settings.user.as_ref().zip(settings.password_file.as_ref()) {
            server = server.credentials(Credentials::new(user.clone(), settings::secret(file)?));
        }
        Ok(Self { transport: server.build(), from, per_minute: settings.per_minute.unwrap_or(600) })
    }

    fn letter(&self, letter: &Letter) -> Result<Message, Failure> {
        let never = |error: &dyn std::fmt::Display| Failure::Never(error.to_string());
        let to: Mailbox = letter.to.parse().map_err(|error| never(&error))?;
        let id =
            format!("<{}@{}>", hex::encode(&Sha256::digest(letter.key.as_bytes())[..16]), self.from.email.domain());
        let mail =
            Message::builder().from(self.from.clone()).to(to).subject(letter.subject.clone()).message_id(Some(id));
        mail.header(ContentType::TEXT_PLAIN).body(letter.text.clone()).map_err(|error| never(&error))
    }
}

#[async_trait]
impl Channel for Mail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn per_minute(&self) -> u32 {
        self.per_minute
    }

    async fn send(&self, letter: &Letter) -> Result<Option<String>, Failure> {
        let mail = self.letter(letter)?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(None),
            // 5xx: this letter, to this address, will never be taken (RFC 5321, 4.2.1).
            Err(error) if error.is_permanent() => Err(Failure::Never(error.to_string())),
            Err(error) => Err(Failure::later(error.to_string())),
        }
    }
}
