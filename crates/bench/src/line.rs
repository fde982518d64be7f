//! The full way of a request: a socket, HTTP, the session, the page.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::{Request, StatusCode};
use engine::App;
use engine::clock;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::report::millis;

/// The county on a port of this machine, until it is dropped.
pub struct Served {
    pub address: SocketAddr,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub async fn start(app: &Arc<App>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = engine::router::router(Arc::clone(app));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        Ok(Self { address, server: tokio::spawn(async move { axum::serve(listener, service).await }) })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A connection that asks and waits.
pub struct Line(SendRequest<Full<Bytes>>);

impl Line {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (line, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(line))
    }

    /// The answer as a whole, and how many milliseconds it took.
    pub async fn ask(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Bytes, f64)> {
        let started = clock::started();
        self.0.ready().await?;
        let answer = self.0.send_request(request).await?;
        let status = answer.status();
        let said = answer.into_body().collect().await?.to_bytes();
        Ok((status, said, millis(started.elapsed())))
    }
}
