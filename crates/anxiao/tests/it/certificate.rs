//! The certificate that is served: renewed without a stop, and looked at before anybody is turned away by it.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};

use crate::program::{anxiao, township};

/// Takes any certificate: it is to be seen, not to be believed.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The certificate that a visitor is shown.
fn shown(address: &str) -> Vec<u8> {
    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let client = client.with_safe_default_protocol_versions().unwrap().dangerous();
    let client = client.with_custom_certificate_verifier(Arc::new(Anyone)).with_no_client_auth();
    let mut line = ClientConnection::new(Arc::new(client), "localhost".try_into().unwrap()).unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    while line.is_handshaking() {
        line.complete_io(&mut socket).unwrap();
    }
    line.peer_certificates().unwrap()[0].to_vec()
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(name)
}

#[test]
fn a_renewed_certificate_is_served_after_a_signal_and_one_with_a_fault_is_not() {
    let folder = township();
    let (cert, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let lay = |name: &str| {
        std::fs::copy(data(&format!("{name}.crt")), &cert).unwrap();
        std::fs::copy(data(&format!("{name}.key")), &key).unwrap();
    };
    lay("first");
    let args = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap(), "--listen", "127.0.0.1:0"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_anxiao"));
    command.arg("--data").arg(folder.path()).args(args).arg("serve").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut served = Served(command.spawn().unwrap());
    let mut said = BufReader::new(served.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = said.find_map(|line| Some(line.strip_prefix("serving https://")?.to_owned())).unwrap();
    let first = shown(&address);
    let hang_up = || {
        let sent = Command::new("kill").args(["-HUP", &served.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    };
    lay("second");
    hang_up();
    let renewed = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        shown(&address) != first
    });
    assert!(renewed, "the old certificate is still served");
    let second = shown(&address);
    // A key that is another's: the doctor says so, and the signal changes nothing.
    std::fs::copy(data("first.key"), &key).unwrap();
    let doctor = anxiao(folder.path(), &[&args[..], &["doctor", "--json"]].concat());
    let checks: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let address_check = checks.as_array().unwrap().iter().find(|check| check["name"] == "address").unwrap();
    assert_eq!(address_check["finding"], "bad", "{address_check}");
    hang_up();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(shown(&address), second);
}

#[test]
fn a_certificate_without_its_key_is_refused() {
    let folder = township();
    std::fs::write(folder.path().join("anxiao.toml"), format!("tls_cert = {:?}\n", data("first.crt"))).unwrap();
    let output = anxiao(folder.path(), &["--listen", "127.0.0.1:0", "serve"]);
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("go together"));
}
