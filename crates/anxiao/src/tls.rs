//! The certificate, where no proxy in front speaks TLS.

use anyhow::{Context, bail};
use axum_server::tls_rustls::RustlsConfig;
use tokio::signal::unix::{SignalKind, signal};

use crate::options::Config;
use crate::spoken::say;

/// The certificate with its key; `None` where the settings name neither.
pub async fn read(config: &Config) -> anyhow::Result<Option<RustlsConfig>> {
    let (cert, key) = match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => (cert, key),
        (None, None) => return Ok(None),
        // Half of it would be served without any.
        _ => bail!(say("cli.tls.pair", &[])),
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = RustlsConfig::from_pem_file(cert, key).await;
    tls.map(Some).with_context(|| say("cli.tls.unread", &[("cert", &cert.display()), ("key", &key.display())]))
}

/// Reads both again with every SIGHUP: a certificate is renewed every few months, and nobody is to be cut off for it. One with a fault is named in
/// the log, and the old one stays.
pub async fn reread(tls: RustlsConfig, config: Config) {
    let Ok(mut told) = signal(SignalKind::hangup()) else {
        return tracing::error!("SIGHUP cannot be heard: the certificate is read at the start only");
    };
    while told.recv().await.is_some() {
        match read(&config).await {
            Ok(Some(new)) => {
                tls.reload_from_config(new.get_inner());
                tracing::info!("the certificate was read again");
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the certificate has a fault; the old one stays");
            }
        }
    }
}
