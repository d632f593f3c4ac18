//! The head of a request: what is asked for, and whether whoever asks may have it.

use std::net::{IpAddr, SocketAddr};

use tungstenite::handshake::derive_accept_key;

/// The most bytes of a head, and the most headers.
const MOST_BYTES: usize = 8192;
const MOST_HEADERS: usize = 64;

const PAGE: &str = include_str!("page.html");

/// Who may come in.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    local_only: bool,
    origins: Vec<String>,
}

/// What becomes of the bytes read so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// They are not a whole head yet.
    More,
    /// This response, and then the connection is closed.
    Close(Vec<u8>),
    /// The same, because the request was refused.
    Refuse(Vec<u8>),
    /// This response, and from then on the connection is a WebSocket; so many bytes were the head.
    Upgrade(Vec<u8>, usize),
}

impl Gate {
    /// For a server at that address.
    pub(crate) fn new(address: SocketAddr, origins: Vec<String>) -> Self {
        Self { local_only: address.ip().is_loopback(), origins }
    }

    /// Answers the head that the bytes begin with.
    pub(super) fn answer(&self, bytes: &[u8], full: bool) -> Answer {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let length = match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if bytes.len() < MOST_BYTES => return Answer::More,
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
        if !self.knows_host(host) {
            return refuse("421 Misdirected Request");
        }
        if request.method != Some("GET") {
            return refuse("405 Method Not Allowed");
        }
        let wants_socket = header("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"));
        match (request.path, wants_socket) {
            (Some("/socket"), true) => {
                if let Some(origin) = header("origin")
                    && !self.knows_origin(origin, host)
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
                Answer::Upgrade(text.into_bytes(), length)
            }
            (Some("/"), _) => Answer::Close(response("200 OK", "text/html; charset=utf-8", PAGE)),
            (Some("/socket"), false) => refuse("426 Upgrade Required"),
            _ => Answer::Close(response("404 Not Found", "text/plain", "404 Not Found\n")),
        }
    }

    /// A name that leads here although it is not ours is a trick (DNS rebinding): an address, or the name of this
    /// machine to itself, cannot be one.
    fn knows_host(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name);
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let known = name == "localhost" || address.is_ok_and(|ip| !self.local_only || ip.is_loopback());
        known || self.origins.iter().any(|origin| origin.split_once("://").is_some_and(|(_, named)| named == host))
    }

    /// A page of another site may not read along.
    fn knows_origin(&self, origin: &str, host: &str) -> bool {
        origin.strip_prefix("http://").is_some_and(|named| named == host) || self.origins.iter().any(|o| o == origin)
    }
}

fn refuse(status: &str) -> Answer {
    Answer::Refuse(response(status, "text/plain", &format!("{status}\n")))
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

    fn status(gate: &Gate, head: &str) -> String {
        match gate.answer(head.as_bytes(), false) {
            Answer::More => "more".into(),
            Answer::Close(bytes) | Answer::Refuse(bytes) | Answer::Upgrade(bytes, _) => {
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
    fn pages_of_other_sites_and_other_names_are_refused() {
        let gate = Gate::new("127.0.0.1:9000".parse().unwrap(), vec!["https://stage.example".into()]);
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
            assert_eq!(status(&gate, &socket(host, origin)), expected, "host {host}, origin {origin}");
        }
        let open = Gate::new("0.0.0.0:9000".parse().unwrap(), Vec::new());
        assert_eq!(status(&open, &socket("192.168.0.7:9000", "http://192.168.0.7:9000")), "101");
        assert_eq!(status(&open, &socket("evil.example:9000", "http://evil.example:9000")), "421");
    }

    #[test]
    fn what_is_no_request_for_the_page_is_told_so() {
        let gate = Gate::new("127.0.0.1:9000".parse().unwrap(), Vec::new());
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
            assert_eq!(status(&gate, &head), expected, "{head:.60}");
        }
        let full = gate.answer(format!("GET / HTTP/1.1\r\n{host}\r\n").as_bytes(), true);
        assert!(matches!(full, Answer::Refuse(bytes) if bytes.starts_with(b"HTTP/1.1 503")));
    }

    #[test]
    fn the_key_is_answered_as_the_standard_has_it() {
        let gate = Gate::new("127.0.0.1:9000".parse().unwrap(), Vec::new());
        let Answer::Upgrade(bytes, _) = gate.answer(socket("localhost:9000", "").as_bytes(), false) else { panic!() };
        assert!(String::from_utf8_lossy(&bytes).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "RFC 6455, section 1.3");
    }
}
