//! Tests of a server on loopback, with well-behaved, slow and hostile clients.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use earmark_models::Registry;
use earmark_session::{Instance, SharedSettings};
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

use super::{WebConfig, WebServer};
use crate::dispatcher::{OutputDispatcher, Outputs};
use crate::json_lines::SessionTotals;
use crate::topic::Topic;

fn serve(max_clients: usize) -> WebServer {
    let config = WebConfig { address: "127.0.0.1:0".parse().unwrap(), max_clients, origins: Vec::new() };
    WebServer::start(&config).unwrap()
}

type Socket = WebSocket<MaybeTlsStream<TcpStream>>;

fn connect(web: &WebServer, origin: Option<&str>) -> Result<Socket, tungstenite::Error> {
    let mut request = format!("ws://{}/socket", web.address()).into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("Origin", HeaderValue::from_str(origin).unwrap());
    }
    let (socket, _) = tungstenite::connect(request)?;
    if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    }
    Ok(socket)
}

fn text(socket: &mut Socket) -> String {
    loop {
        if let Message::Text(text) = socket.read().unwrap() {
            return text.to_string();
        }
    }
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited 20 s for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn client_gets_the_latest_line_of_each_topic_then_every_line() {
    let web = serve(4);
    web.publish(Topic::Tags, "old");
    web.publish(Topic::Tags, "tags");
    web.publish(Topic::Input, "input");
    web.publish(Topic::News, "news");
    // A new client gets no old news.
    std::thread::sleep(Duration::from_millis(300));
    let mut socket = connect(&web, None).unwrap();
    assert_eq!([text(&mut socket), text(&mut socket)], ["input", "tags"]);
    for line in 0..100 {
        assert!(web.publish(Topic::News, &line.to_string()));
    }
    assert!((0..100).all(|line| text(&mut socket) == line.to_string()));
    drop(web);
    assert!(matches!(socket.read(), Ok(Message::Close(_)) | Err(_)), "a close frame");
}

#[test]
fn server_that_starts_later_gets_the_latest_lines() {
    let (_waker, init) = OutputDispatcher::prepare();
    let instance = Arc::new(Instance::new(Arc::new(SharedSettings::new(Registry::global()))));
    let dispatcher = OutputDispatcher::start(init, &instance, Outputs::default()).unwrap();
    for line in [(Topic::Input, "old"), (Topic::Input, "input"), (Topic::News, "news"), (Topic::Tempo, "tempo")] {
        dispatcher.send_line((line.0, line.1.to_owned()));
    }
    let web = serve(4);
    let address = web.address();
    dispatcher.set_web(Some(web));
    std::thread::sleep(Duration::from_millis(300));
    let (mut socket, _) = tungstenite::connect(format!("ws://{address}/socket")).unwrap();
    assert_eq!([text(&mut socket), text(&mut socket)], ["input", "tempo"]);
    dispatcher.send_line((Topic::News, "later".to_owned()));
    assert_eq!(text(&mut socket), "later");
    dispatcher.set_web(None);
    assert!(matches!(socket.read(), Ok(Message::Close(_)) | Err(_)), "the server has ended");
    dispatcher.end(SessionTotals::default());
}

#[test]
fn page_is_served_and_a_foreign_origin_is_refused() {
    let web = serve(4);
    let mut stream = TcpStream::connect(web.address()).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {}\r\n\r\n", web.address()).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK") && page.contains("new WebSocket") && page.ends_with("</html>\n"));

    let origin = format!("http://{}", web.address());
    assert!(connect(&web, Some(&origin)).is_ok());
    let refused = connect(&web, Some("http://evil.example")).unwrap_err();
    assert!(matches!(&refused, tungstenite::Error::Http(response) if response.status() == 403), "{refused}");
    assert_eq!(web.stats().refused.load(Relaxed), 1);
}

#[test]
fn protocol_error_ends_only_its_connection() {
    let web = serve(16);
    let mut good = connect(&web, None).unwrap();
    let frames: [&[u8]; 5] = [
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", // reserved bits and opcode
        b"\x81\x05hello",                                    // not masked
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", // declares 2^63 bytes
        b"\x89\xfe\xff\xff\0\0\0\0",                         // a ping of 65535 bytes
        b"\x81\x82\0\0\0\0\xc3\x28",                         // not UTF-8
    ];
    for frame in frames {
        let mut bad = connect(&web, None).unwrap();
        let MaybeTlsStream::Plain(stream) = bad.get_mut() else { panic!() };
        stream.write_all(frame).unwrap();
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        assert!(ended.is_ok() || ended.is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionReset), "{frame:?}");
    }
    let mut half = TcpStream::connect(web.address()).unwrap();
    half.write_all(b"GET / HT").unwrap();
    drop(half);
    web.publish(Topic::News, "still here");
    assert_eq!(text(&mut good), "still here");
}

#[test]
fn clients_beyond_the_limit_are_refused() {
    let web = serve(2);
    let first = connect(&web, None).unwrap();
    let _second = connect(&web, None).unwrap();
    wait_for("two clients", || web.stats().clients.load(Relaxed) == 2);
    let refused = connect(&web, None).unwrap_err();
    assert!(matches!(&refused, tungstenite::Error::Http(response) if response.status() == 503), "{refused}");
    drop(first);
    wait_for("room", || web.stats().clients.load(Relaxed) == 1);
    wait_for("a place", || connect(&web, None).is_ok());
}

#[test]
fn stalled_client_is_dropped_others_receive_all() {
    let web = serve(100);
    let _slow: Vec<_> = (0..10).map(|_| connect(&web, None).unwrap()).collect();
    let mut good: Vec<_> = (0..90).map(|_| connect(&web, None).unwrap()).collect();
    wait_for("a hundred clients", || web.stats().clients.load(Relaxed) == 100);
    // Lines of maximum size, and far more than the operating system buffers for a client that does not read.
    let line = "x".repeat(16 * 1024);
    let mut sent = 0;
    while web.stats().slow.load(Relaxed) < 10 {
        assert!(sent < 4000, "{} of 10 slow clients were disconnected", web.stats().slow.load(Relaxed));
        assert!(web.publish(Topic::News, &line), "a line was lost");
        sent += 1;
        for socket in &mut good {
            assert_eq!(text(socket).len(), line.len());
        }
    }
    println!("web: disconnected 10 of 100 clients, after {sent} lines of 16 KiB that they had not read");
    wait_for("the others alone", || web.stats().clients.load(Relaxed) == 90);
}
