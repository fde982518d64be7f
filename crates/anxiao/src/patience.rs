//! Connections on which nothing happens: each takes one of the files that the program may have open, and whoever opens a thousand and says nothing
//! would shut the county out.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum_server::Server;
use axum_server::accept::Accept;
use hyper_util::rt::TokioTimer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// So long a request may take to say what it wants, and a connection may rest between two. Longer than the minute for which proxies keep theirs: one
/// that is closed at the moment at which it is used again is an error to somebody.
const PATIENCE: Duration = Duration::from_secs(75);
/// Which language is spoken is known after so many bytes: no request is shorter.
const FIRST: usize = 24;
/// Most that may stand before the body of a request.
const HEAD: usize = 64 * 1024;

/// A server that waits for nobody longer than that.
pub fn limited<A>(server: Server<SocketAddr, A>) -> Server<SocketAddr, Patient<A>> {
    limited_to(server, PATIENCE)
}

fn limited_to<A>(mut server: Server<SocketAddr, A>, patience: Duration) -> Server<SocketAddr, Patient<A>> {
    let http = server.http_builder();
    http.http1().timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD);
    // Who has gone without a word does not answer.
    http.http2().timer(TokioTimer::new()).keep_alive_interval(patience).keep_alive_timeout(patience);
    server.map(|acceptor| Patient { acceptor, patience })
}

/// Accepts as another does, and waits for the first words.
#[derive(Clone)]
pub struct Patient<A> {
    acceptor: A,
    patience: Duration,
}

type Accepted<T, S> = Pin<Box<dyn Future<Output = io::Result<(Waiting<T>, S)>> + Send>>;

impl<A, I, S> Accept<I, S> for Patient<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
    A::Stream: 'static,
    A::Service: 'static,
{
    type Stream = Waiting<A::Stream>;
    type Service = A::Service;
    type Future = Accepted<A::Stream, A::Service>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let (accepted, patience) = (self.acceptor.accept(stream, service), self.patience);
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            Ok((Waiting::new(stream, patience), service))
        })
    }
}

/// A stream that breaks where its first words do not come.
pub struct Waiting<T> {
    stream: T,
    came: usize,
    until: Option<Pin<Box<Sleep>>>,
}

impl<T> Waiting<T> {
    fn new(stream: T, patience: Duration) -> Self {
        Self { stream, came: 0, until: Some(Box::pin(sleep(patience))) }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Waiting<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        self.came = self.came.saturating_add(into.filled().len() - before);
        if self.came >= FIRST {
            self.until = None;
        }
        if read.is_pending()
            && let Some(until) = &mut self.until
        {
            ready!(until.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Waiting<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    const SHORT: Duration = Duration::from_millis(300);

    fn served() -> SocketAddr {
        let slow = get(|| async {
            sleep(3 * SHORT).await;
            "slow"
        });
        let router = Router::new().route("/", get(|| async { "quick" })).route("/slow", slow);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let server = limited_to(axum_server::from_tcp(listener).unwrap(), SHORT);
        tokio::spawn(server.serve(router.into_make_service()));
        address
    }

    /// What is answered until the connection is closed.
    async fn said(address: SocketAddr, words: &str) -> String {
        let mut line = TcpStream::connect(address).await.unwrap();
        let mut answer = Vec::new();
        // Closed abruptly is closed, too, and nobody waits for the rest of what is said too long.
        let _ = line.write_all(words.as_bytes()).await;
        let _ = tokio::time::timeout(20 * SHORT, line.read_to_end(&mut answer)).await.expect("it stays open");
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn whoever_says_nothing_is_not_waited_for() {
        let address = served();
        for begun in ["", "P", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
            let answer = said(address, begun).await;
            assert!(!answer.contains("quick"), "{begun:?} {answer}");
        }
        // Whoever was answered may ask once more, but not for ever; and who waits for a slow answer gets it.
        let asked = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(said(address, &asked("/")).await.ends_with("quick"));
        assert!(said(address, &asked("/slow")).await.ends_with("slow"));
        let long = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(2 * HEAD));
        assert!(!said(address, &long).await.contains("quick"));
    }
}
