//! Files that are sent compressed to who takes that, and not again to who has them.

use crate::pieces::Pieces;
use crate::refusal::Refusal;
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, ContentEncoding, ETAG, Encoding, EntityTag, Header, IfNoneMatch, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};
use std::sync::OnceLock;

/// How long somebody may keep a file.
#[derive(Clone, Copy)]
enum Keeping {
    /// For good: another version of it has another name.
    ForGood,
    /// As long as it has not changed; who keeps it asks.
    WhileUnchanged,
}

impl Keeping {
    const fn cache_control(self) -> &'static str {
        match self {
            Self::ForGood => "public, max-age=31536000, immutable",
            Self::WhileUnchanged => "no-cache",
        }
    }
}

/// A file.
pub struct StaticFile {
    media_type: &'static str,
    keeping: Keeping,
    tag: EntityTag,
    kept: Kept,
    /// The other form, made when somebody first asks for it: a start waits for none.
    other: OnceLock<Bytes>,
}

/// The form that a file is given in.
enum Kept {
    Plain(Bytes),
    Compressed(Bytes),
}

impl StaticFile {
    /// A file that keeps its name when it changes.
    #[must_use]
    pub fn of(media_type: &'static str, text: String) -> Self {
        Self::uncompressed(media_type, Keeping::WhileUnchanged, Bytes::from(text))
    }

    /// A file that has another name when it changes.
    #[must_use]
    pub fn for_good(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self::uncompressed(media_type, Keeping::ForGood, Bytes::from(bytes))
    }

    /// A file that was compressed by gzip before, with its version in its name.
    #[must_use]
    pub fn compressed(media_type: &'static str, bytes: &'static [u8]) -> Self {
        Self::new(
            media_type,
            Keeping::ForGood,
            Kept::Compressed(Bytes::from_static(bytes)),
        )
    }

    fn uncompressed(media_type: &'static str, keeping: Keeping, bytes: Bytes) -> Self {
        Self::new(media_type, keeping, Kept::Plain(bytes))
    }

    fn new(media_type: &'static str, keeping: Keeping, kept: Kept) -> Self {
        let (Kept::Plain(bytes) | Kept::Compressed(bytes)) = &kept;
        let digest = Sha256::digest(bytes);
        let tag = digest.first_chunk().map_or(0, |head| u128::from_be_bytes(*head));
        Self {
            media_type,
            keeping,
            // Weak, since it names both forms.
            tag: EntityTag::new_weak(format!("{tag:032x}")),
            kept,
            other: OnceLock::new(),
        }
    }

    /// The file, or that the one who asks has it.
    ///
    /// # Errors
    /// `internal_error` for a compressed file that is none.
    pub fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        let is_known = IfNoneMatch::parse(request).is_ok_and(|known| self.is_named_by(&known));
        let mut answer = if is_known {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        answer
            .insert_header((CACHE_CONTROL, self.keeping.cache_control()))
            .insert_header((ETAG, self.tag.clone()))
            .insert_header((VARY, "accept-encoding"));
        if is_known {
            return Ok(answer.finish());
        }
        answer.content_type(self.media_type);
        if takes_gzip(request) {
            answer.insert_header(ContentEncoding::Gzip);
            return Ok(answer.body(Pieces::of(self.in_gzip())));
        }
        Ok(answer.body(Pieces::of(self.plain()?)))
    }

    /// RFC 9110, section 13.1.2.
    fn is_named_by(&self, known: &IfNoneMatch) -> bool {
        match known {
            IfNoneMatch::Any => true,
            IfNoneMatch::Items(tags) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
        }
    }

    fn in_gzip(&self) -> Bytes {
        match &self.kept {
            Kept::Compressed(bytes) => bytes.clone(),
            Kept::Plain(bytes) => self.other.get_or_init(|| compress(bytes)).clone(),
        }
    }

    fn plain(&self) -> Result<Bytes, Refusal> {
        let compressed = match &self.kept {
            Kept::Plain(bytes) => return Ok(bytes.clone()),
            Kept::Compressed(bytes) => bytes,
        };
        if let Some(plain) = self.other.get() {
            return Ok(plain.clone());
        }
        let mut plain = Vec::new();
        GzDecoder::new(compressed.as_ref())
            .read_to_end(&mut plain)
            .map_err(|error| Refusal::internal(&error))?;
        Ok(self.other.get_or_init(|| Bytes::from(plain)).clone())
    }
}

/// RFC 9110, section 12.5.3. Who says nothing may be a program that cannot read it.
fn takes_gzip(request: &HttpRequest) -> bool {
    let supported = [Encoding::gzip(), Encoding::identity()];
    AcceptEncoding::parse(request).is_ok_and(|accepted| accepted.negotiate(supported.iter()) == Some(Encoding::gzip()))
}

#[expect(clippy::expect_used, reason = "it is written to memory")]
fn compress(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).expect("memory takes what is written");
    encoder.finish().expect("memory takes what is written").into()
}
