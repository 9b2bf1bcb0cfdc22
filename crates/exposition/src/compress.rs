//! Content codings.

use std::io;

use flate2::Compression;
use flate2::write::GzEncoder;

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// The `Content-Encoding`, which a body that is left as it is does not have.
    pub(crate) fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// Whether a body is long enough to fit into fewer packets when it is compressed.
pub(crate) fn is_worth_compressing(body: &[u8]) -> bool {
    body.len() >= 1024
}

/// The body in that coding. Takes a few milliseconds per megabyte, in which the thread is busy.
///
/// # Errors
/// zstd found no memory.
pub(crate) fn compress(coding: Coding, body: &[u8]) -> io::Result<Vec<u8>> {
    match coding {
        Coding::Identity => Ok(body.to_vec()),
        Coding::Gzip => gzip(body),
        Coding::Zstd => zstd::bulk::compress(body, 1),
    }
}

/// At the fastest level: a page repeats itself so much that the slower ones gain little.
fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
    io::Write::write_all(&mut encoder, body)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_was_compressed_reads_back() {
        let page: String = (0..5000).map(|i| format!("acme_files{{spool=\"s{i}\"}} {i}\n")).collect();
        let coded = |coding| compress(coding, page.as_bytes()).unwrap();

        let mut gunzipped = String::new();
        flate2::read::GzDecoder::new(coded(Coding::Gzip).as_slice()).read_to_string(&mut gunzipped).unwrap();
        assert_eq!(gunzipped, page);
        assert_eq!(zstd::decode_all(coded(Coding::Zstd).as_slice()).unwrap(), page.as_bytes());
        assert_eq!(coded(Coding::Identity), page.as_bytes());
        for coding in [Coding::Gzip, Coding::Zstd] {
            assert!(
                coded(coding).len() < page.len() / 3,
                "{coding:?}: {} of {}",
                coded(coding).len(),
                page.len()
            );
        }
    }

    #[test]
    fn an_empty_body_is_a_body() {
        assert!(!is_worth_compressing(b""));
        assert_eq!(zstd::decode_all(compress(Coding::Zstd, b"").unwrap().as_slice()).unwrap(), b"");
        let mut gunzipped = Vec::new();
        let gzipped = compress(Coding::Gzip, b"").unwrap();
        flate2::read::GzDecoder::new(gzipped.as_slice()).read_to_end(&mut gunzipped).unwrap();
        assert_eq!(gunzipped, b"");
    }
}
