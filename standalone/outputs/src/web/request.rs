//! HTTP request head: parsing, check of host and origin, and response.

use std::net::{IpAddr, SocketAddr};

use tungstenite::handshake::derive_accept_key;

/// Maximum length of a request head, in bytes.
const MAX_HEAD_BYTES: usize = 8192;
/// Maximum number of headers.
const MAX_HEADERS: usize = 64;

const PAGE: &str = include_str!("page.html");

/// Policy of allowed hosts and origins.
#[derive(Debug, Clone)]
pub(super) struct OriginPolicy {
    local_only: bool,
    origins: Vec<String>,
}

/// Outcome of parsing the bytes read so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RequestOutcome {
    /// The head is incomplete.
    More,
    /// A response, after which the connection is closed.
    Close(Vec<u8>),
    /// A response that refuses the request, after which the connection is closed.
    Refuse(Vec<u8>),
    /// A response, after which the connection is a WebSocket, and the length of the head in bytes.
    Upgrade(Vec<u8>, usize),
}

impl OriginPolicy {
    /// Creates the policy of a server at `address`, with allowed origins in addition to its own.
    pub(super) fn new(address: SocketAddr, origins: Vec<String>) -> Self {
        Self { local_only: address.ip().is_loopback(), origins }
    }

    /// Parses the head at the start of `bytes` and returns the response; refuses the request if the server is `full`.
    pub(super) fn answer(&self, bytes: &[u8], full: bool) -> RequestOutcome {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let length = match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD_BYTES => return RequestOutcome::More,
            Ok(httparse::Status::Partial) => return refuse("431 Request Header Fields Too Large"),
            Err(_) => return refuse("400 Bad Request"),
        };
        if full {
            return refuse("503 Service Unavailable");
        }
        let header = |name: &str| {
            let found = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.and_then(|header| std::str::from_utf8(header.value).ok()).map(str::trim)
        };
        let host = header("host").unwrap_or_default();
        if !self.allows_host(host) {
            return refuse("421 Misdirected Request");
        }
        if request.method != Some("GET") {
            return refuse("405 Method Not Allowed");
        }
        let wants_socket = header("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"));
        match (request.path, wants_socket) {
            (Some("/socket"), true) => {
                if let Some(origin) = header("origin")
                    && !self.allows_origin(origin, host)
                {
                    return refuse("403 Forbidden");
                }
                let (Some(key), Some("13")) = (header("sec-websocket-key"), header("sec-websocket-version")) else {
                    return refuse("400 Bad Request");
                };
                let accept = derive_accept_key(key.as_bytes());
                let text = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: {accept}\r\n\r\n"
                );
                RequestOutcome::Upgrade(text.into_bytes(), length)
            }
            (Some("/"), _) => RequestOutcome::Close(response("200 OK", "text/html; charset=utf-8", PAGE)),
            (Some("/socket"), false) => refuse("426 Upgrade Required"),
            _ => RequestOutcome::Close(response("404 Not Found", "text/plain", "404 Not Found\n")),
        }
    }

    /// Whether the host is an IP address, `localhost` or the host of an allowed origin. Other names are refused because
    /// of DNS rebinding.
    fn allows_host(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name);
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let known = name == "localhost" || address.is_ok_and(|ip| !self.local_only || ip.is_loopback());
        known || self.origins.iter().any(|origin| origin.split_once("://").is_some_and(|(_, named)| named == host))
    }

    /// Whether the origin is the page's own or an allowed one. Pages of other sites must not read the socket.
    fn allows_origin(&self, origin: &str, host: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|named| named == host) || self.origins.iter().any(|o| o == origin)
    }
}

fn refuse(status: &str) -> RequestOutcome {
    RequestOutcome::Refuse(response(status, "text/plain", &format!("{status}\n")))
}

fn response(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n\
         Content-Security-Policy: default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
         connect-src 'self' ws:; img-src data:\r\n\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(policy: &OriginPolicy, head: &str) -> String {
        match policy.answer(head.as_bytes(), false) {
            RequestOutcome::More => "more".into(),
            RequestOutcome::Close(bytes) | RequestOutcome::Refuse(bytes) | RequestOutcome::Upgrade(bytes, _) => {
                String::from_utf8_lossy(&bytes)[9..12].to_owned()
            }
        }
    }

    fn socket(host: &str, origin: &str) -> String {
        let origin = if origin.is_empty() { String::new() } else { format!("Origin: {origin}\r\n") };
        format!(
            "GET /socket HTTP/1.1\r\nHost: {host}\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n{origin}\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
    }

    #[test]
    fn foreign_hosts_and_origins_are_refused() {
        let policy = OriginPolicy::new("127.0.0.1:9000".parse().unwrap(), vec!["https://stage.example".into()]);
        for (host, origin, expected) in [
            ("localhost:9000", "http://localhost:9000", "101"),
            ("127.0.0.1:9000", "http://127.0.0.1:9000", "101"),
            ("[::1]:9000", "http://[::1]:9000", "101"),
            ("localhost:9000", "", "101"),
            ("localhost:9000", "https://stage.example", "101"),
            ("localhost:9000", "http://evil.example", "403"),
            ("localhost:9000", "http://localhost:9001", "403"),
            ("localhost:9000", "null", "403"),
            ("evil.example:9000", "http://evil.example:9000", "421"),
            ("192.168.0.7:9000", "http://192.168.0.7:9000", "421"),
            ("", "", "421"),
        ] {
            assert_eq!(status(&policy, &socket(host, origin)), expected, "host {host}, origin {origin}");
        }
        let open = OriginPolicy::new("0.0.0.0:9000".parse().unwrap(), Vec::new());
        assert_eq!(status(&open, &socket("192.168.0.7:9000", "http://192.168.0.7:9000")), "101");
        assert_eq!(status(&open, &socket("evil.example:9000", "http://evil.example:9000")), "421");
    }

    #[test]
    fn request_other_than_the_page_gets_an_error_status() {
        let policy = OriginPolicy::new("127.0.0.1:9000".parse().unwrap(), Vec::new());
        let host = "Host: localhost:9000\r\n";
        for (head, expected) in [
            (format!("GET / HTTP/1.1\r\n{host}\r\n"), "200"),
            (format!("GET /etc/passwd HTTP/1.1\r\n{host}\r\n"), "404"),
            (format!("POST / HTTP/1.1\r\n{host}\r\n"), "405"),
            (format!("GET /socket HTTP/1.1\r\n{host}\r\n"), "426"),
            (format!("GET /socket HTTP/1.1\r\n{host}Upgrade: websocket\r\n\r\n"), "400"),
            ("\u{1}\u{2}\r\n\r\n".into(), "400"),
            (format!("GET / HTTP/1.1\r\n{host}"), "more"),
            (format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(9000)), "431"),
        ] {
            assert_eq!(status(&policy, &head), expected, "{head:.60}");
        }
        let full = policy.answer(format!("GET / HTTP/1.1\r\n{host}\r\n").as_bytes(), true);
        assert!(matches!(full, RequestOutcome::Refuse(bytes) if bytes.starts_with(b"HTTP/1.1 503")));
    }

    #[test]
    fn upgrade_answers_the_key_of_rfc_6455() {
        let policy = OriginPolicy::new("127.0.0.1:9000".parse().unwrap(), Vec::new());
        let RequestOutcome::Upgrade(bytes, _) = policy.answer(socket("localhost:9000", "").as_bytes(), false) else {
            panic!()
        };
        assert!(String::from_utf8_lossy(&bytes).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "RFC 6455, section 1.3");
    }
}
