//! The page for the phone, as it was built into the program, and how this machine serves it.
//!
//! Answers this machine alone, with the page's files and nothing else: a request that names another
//! host comes from a page that is none of ours.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Name and content of every file; none if the page was not built.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Connections at a time: a browser opens six.
const CONNECTIONS_MAX: usize = 32;

/// How long one may last; the whole page takes a second. A browser opens another when it needs one.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60);

/// Until it is tried again to take a connection.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// What an address without a file's name means.
const INDEX: &str = "index.html";

/// What the page may load and reach; the same as in its own text.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; media-src 'self' blob:; connect-src 'self' https: wss: http://127.0.0.1:* \
    ws://127.0.0.1:* http://localhost:* ws://localhost:*; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's files; none if it was not built into the program.
pub fn files() -> &'static [(&'static str, &'static [u8])] {
    FILES
}

/// Listens on the loopback; 0 is any port.
///
/// # Errors
/// If the port is taken.
pub async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

/// Serves the page for as long as it is polled.
pub async fn serve(listener: TcpListener) {
    let port = listener.local_addr().map_or(0, |at| at.port());
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    // An error would mean that nobody answers any more, and the room is never closed.
    while let Ok(place) = room.clone().acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            // Gone again, or the system is out of files for the moment.
            sleep(ACCEPT_AGAIN_AFTER).await;
            continue;
        };
        tokio::spawn(async move {
            let _place = place;
            let service = service_fn(move |request| async move {
                Ok::<_, Infallible>(answer(&request, port, FILES))
            });
            // A browser that goes away amid an answer is none of our trouble.
            let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            let _ = timeout(CONNECTION_TIME_MAX, serving).await;
        });
    }
}

fn answer(
    request: &Request<Incoming>,
    port: u16,
    files: &'static [(&'static str, &'static [u8])],
) -> Response<Full<Bytes>> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let (status, name, body) = choose(request.method(), host, request.uri().path(), port, files);
    let body = if request.method() == Method::HEAD { &[][..] } else { body };
    let mut response = Response::new(Full::new(Bytes::from_static(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(name)));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Which file a request gets.
fn choose(
    method: &Method,
    host: Option<&str>,
    path: &str,
    port: u16,
    files: &'static [(&'static str, &'static [u8])],
) -> (StatusCode, &'static str, &'static [u8]) {
    let is_ours = |host: &str| {
        [format!("localhost:{port}"), format!("127.0.0.1:{port}")].iter().any(|ours| ours == host)
    };
    if !host.is_some_and(is_ours) {
        return (StatusCode::MISDIRECTED_REQUEST, "", b"This page is for this machine alone.\n");
    }
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, "", b"");
    }
    let wanted = path.trim_start_matches('/');
    let wanted = if wanted.is_empty() { INDEX } else { wanted };
    match files.iter().find(|(name, _)| *name == wanted) {
        Some((name, bytes)) => (StatusCode::OK, name, bytes),
        None => (StatusCode::NOT_FOUND, "", b"There is no such file.\n"),
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("webmanifest") => "application/manifest+json",
        Some("png") => "image/png",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &[(&str, &[u8])] = &[("index.html", b"<!doctype html>"), ("main.js", b"1")];

    fn status(method: Method, host: &str, path: &str) -> u16 {
        choose(&method, Some(host), path, 4663, PAGE).0.as_u16()
    }

    #[test]
    fn this_machine_gets_the_pages_files_and_nothing_else() {
        assert_eq!(choose(&Method::GET, Some("localhost:4663"), "/", 4663, PAGE).1, "index.html");
        assert_eq!(status(Method::GET, "127.0.0.1:4663", "/main.js"), 200);
        assert_eq!(status(Method::GET, "localhost:4663", "/../main.js"), 404);
        assert_eq!(status(Method::GET, "localhost:4663", "/store.redb"), 404);
        assert_eq!(status(Method::POST, "localhost:4663", "/"), 405);
    }

    #[test]
    fn the_page_itself_says_the_same_policy() {
        let page = include_str!("../../crates/web/page/static/index.html");
        // What frames a page can only be said by its host.
        let policy = POLICY.strip_suffix("; frame-ancestors 'none'").unwrap();
        assert!(page.contains(&format!("content=\"{policy}\"")), "{policy}");
    }

    #[test]
    fn a_request_that_names_another_host_gets_nothing() {
        for host in ["evil.example", "evil.example:4663", "localhost", "localhost:4664", ""] {
            assert_eq!(status(Method::GET, host, "/"), 421, "{host}");
        }
        assert_eq!(choose(&Method::GET, None, "/", 4663, PAGE).0.as_u16(), 421);
    }
}
