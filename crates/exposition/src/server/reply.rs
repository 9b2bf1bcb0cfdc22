//! The answers that are not the page.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

/// An answer.
pub(super) type Reply = Response<Full<Bytes>>;

/// Plain text, one line.
pub(super) fn text(status: StatusCode, line: &str) -> Reply {
    with_body(status, "text/plain; charset=utf-8", format!("{line}\n"))
}

/// A page for people. Its only style is its own, and nothing may frame, script or load anything.
pub(super) fn html(body: String) -> Reply {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    with(with_body(StatusCode::OK, "text/html; charset=utf-8", body), CONTENT_SECURITY_POLICY, policy)
}

/// Another method is wanted.
pub(super) fn method_not_allowed() -> Reply {
    with(text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are served here"), ALLOW, "GET, HEAD")
}

/// Too many are being answered already.
pub(super) fn busy() -> Reply {
    let line = "too many scrapes at once; see --web.max-requests";
    with(text(StatusCode::SERVICE_UNAVAILABLE, line), RETRY_AFTER, "1")
}

/// A body that nobody may cache or take for something else.
pub(super) fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    let reply = with(reply, CONTENT_TYPE, content_type);
    with(with(reply, CACHE_CONTROL, "no-store"), X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// The same with one more header.
pub(super) fn with(mut reply: Reply, name: HeaderName, value: &'static str) -> Reply {
    reply.headers_mut().insert(name, HeaderValue::from_static(value));
    reply
}
