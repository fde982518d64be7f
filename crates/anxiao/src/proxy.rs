//! Behind a proxy everybody comes from its address: whoever guesses passwords would slow down the whole county with him. The proxy says from where
//! each really comes.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;

/// Puts the address that the proxy names in place of its own.
pub async fn unwrap_address(mut request: Request, next: Next) -> Response {
    if let Some(address) = named(request.headers()) {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 0)));
    }
    next.run(request).await
}

/// The last address of the last line: that one is the proxy's word, and all before it may be the client's own.
fn named(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_proxy_says_itself_counts() {
        let said = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", axum::http::HeaderValue::from_static(line));
            }
            named(&headers).map(|address| address.to_string())
        };
        let address = |text: &str| Some(text.to_owned());
        assert_eq!(said(&["10.1.2.3"]), address("10.1.2.3"));
        assert_eq!(said(&["198.51.100.7, 10.1.2.3"]), address("10.1.2.3"), "a client may claim anything");
        assert_eq!(said(&["198.51.100.7", "2001:db8::1"]), address("2001:db8::1"));
        for nothing in [&[][..], &[""], &["unknown"], &["10.1.2.3, nobody"]] {
            assert_eq!(said(nothing), None, "{nothing:?}");
        }
    }
}
