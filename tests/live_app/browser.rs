//! A real browser without a window, controlled over its debugging protocol.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// Browser with one page; the process ends on drop.
pub(super) struct Browser {
    child: Child,
    page: WebSocket<MaybeTlsStream<TcpStream>>,
    asked: u64,
}

impl Browser {
    /// Opens a page.
    pub(super) fn open(url: &str, profile: &Path) -> Self {
        let mut command = Command::new("chromium");
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
        command.arg(format!("--user-data-dir={}", profile.display())).arg("--remote-debugging-port=0").arg(url);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        let page = loop {
            assert!(begun.elapsed() < Duration::from_secs(60), "the browser has not come up in a minute");
            if let Some(page) = target(profile) {
                break page;
            }
            thread::sleep(Duration::from_millis(100));
        };
        let (page, _) = tungstenite::connect(page).unwrap();
        Self { child, page, asked: 0 }
    }

    /// Evaluates JavaScript in the page and returns the value.
    pub(super) fn ask(&mut self, script: &str) -> Value {
        self.asked += 1;
        let parameters = json!({ "expression": script, "returnByValue": true });
        let question = json!({ "id": self.asked, "method": "Runtime.evaluate", "params": parameters });
        self.page.send(Message::text(question.to_string())).unwrap();
        loop {
            let Message::Text(text) = self.page.read().unwrap() else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == self.asked {
                return answer["result"]["result"]["value"].clone();
            }
        }
    }

    /// Waits until a JavaScript expression is true.
    pub(super) fn wait(&mut self, longest_s: u64, script: &str) {
        let begun = Instant::now();
        while self.ask(script) != true {
            assert!(begun.elapsed() < Duration::from_secs(longest_s), "waited {longest_s} s for {script}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the address of the page's debugger, if it is ready.
fn target(profile: &Path) -> Option<String> {
    let port = fs::read_to_string(profile.join("DevToolsActivePort")).ok()?;
    let port: u16 = port.lines().next()?.parse().ok()?;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    write!(stream, "GET /json/list HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    // The server may keep the connection open; the bytes read until the timeout are the whole response.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let list: Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?;
    let pages = list.as_array()?;
    let page = pages.iter().find(|page| page["type"] == "page")?;
    page["webSocketDebuggerUrl"].as_str().map(str::to_owned)
}
