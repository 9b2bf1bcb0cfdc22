//! Which path answers what.

use hyper::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, VARY};
use hyper::{Method, Request, StatusCode};
use metrics_core::Scrape;
use tokio::sync::Semaphore;

use super::query::selection;
use super::reply::{Reply, busy, html, method_not_allowed, text, with, with_body};
use crate::compress::{Coding, compress, is_worth_compressing};
use crate::deadline::deadline;
use crate::negotiate;
use crate::page::Page;
use crate::settings::{ScrapeSettings, Web};

const SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// What the server answers with.
#[derive(Debug)]
pub(crate) struct Routes {
    page: Page,
    paths: Vec<String>,
    landing: String,
    limits: ScrapeSettings,
    scrapes: Semaphore,
}

impl Routes {
    /// Serves `page` on the telemetry path and on `aliases`, each with and without a slash at its end.
    pub(crate) fn new(
        page: Page,
        landing: String,
        aliases: &[&str],
        web: &Web,
        limits: ScrapeSettings,
    ) -> Self {
        let paths = std::iter::once(web.telemetry_path.as_str()).chain(aliases.iter().copied());
        Self {
            page,
            paths: paths.map(|path| without_slash(path).to_owned()).collect(),
            landing,
            limits,
            scrapes: Semaphore::new(web.max_requests.get().into()),
        }
    }

    /// Answers one request. A body that came with it is never read.
    pub(super) async fn answer<B>(&self, request: &Request<B>) -> Reply {
        let reply = self.route(request).await;
        self.page.count_request(reply.status());
        reply
    }

    async fn route<B>(&self, request: &Request<B>) -> Reply {
        let path = without_slash(request.uri().path());
        let is_page = self.paths.iter().any(|known| known == path);
        if !is_page && !matches!(path, "/" | "/-/healthy" | "/-/ready") {
            return text(StatusCode::NOT_FOUND, "nothing is served here; see / for what is");
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return method_not_allowed();
        }
        match path {
            _ if is_page => self.scrape(request.uri().query(), request.headers()).await,
            "/-/healthy" => text(StatusCode::OK, "healthy"),
            "/-/ready" => text(StatusCode::OK, "ready"),
            _ => html(self.landing.clone()),
        }
    }

    async fn scrape(&self, query: Option<&str>, headers: &HeaderMap) -> Reply {
        let Ok(_place) = self.scrapes.try_acquire() else { return busy() };
        let selection = match selection(query, self.page.registry()) {
            Ok(selection) => selection,
            Err(error) => return text(StatusCode::BAD_REQUEST, &error.to_string()),
        };
        let header = headers.get(SCRAPE_TIMEOUT).and_then(|value| value.to_str().ok());
        let time = deadline(self.limits.timeout, self.limits.timeout_offset, header);
        let format = negotiate::format(&values(headers, ACCEPT));
        let coding = negotiate::coding(&values(headers, ACCEPT_ENCODING));

        let rendered = self.page.render(&Scrape::within(time).of(selection), format).await;
        let (body, coding) = encode_content(rendered.body.into_bytes(), coding);
        let mut reply = with_body(StatusCode::OK, format.content_type(), body);
        if let Some(coding) = coding.as_str() {
            reply = with(reply, CONTENT_ENCODING, coding);
        }
        with(reply, VARY, "Accept, Accept-Encoding")
    }
}

/// Compresses what is worth it: a millisecond for ten thousand series, less than handing it to another thread is worth.
fn encode_content(body: Vec<u8>, coding: Coding) -> (Vec<u8>, Coding) {
    if coding == Coding::Identity || !is_worth_compressing(&body) {
        return (body, Coding::Identity);
    }
    match compress(coding, &body) {
        Ok(compressed) => (compressed, coding),
        Err(_) => (body, Coding::Identity),
    }
}

fn values(headers: &HeaderMap, name: HeaderName) -> Vec<&str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
}

fn without_slash(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some("") | None => path,
        Some(stripped) => stripped,
    }
}
