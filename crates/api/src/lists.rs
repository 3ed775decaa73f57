//! Lists by the page: the query that asks for one, and the cursors between them.

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpRequest};
use portcullis_application::ports::{ListName, PageCursors};
use portcullis_domain::{Page, PageRequest, PageSize, Position};
use portcullis_web::{Fields, Flaw, Refusal};
use std::future::{Ready, ready};
use utoipa::IntoParams;

/// A page that is too small or too large.
const NO_PAGE_SIZE: Flaw = Flaw::fixed("out_of_range", "a page holds 1 to 100 items");

/// A cursor that no page of the list has named.
const NO_CURSOR: Flaw = Flaw::fixed("not_a_cursor", "this is no cursor that a page of this list has named");

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items at the most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    #[expect(dead_code, reason = "documents what `read` takes")]
    limit: Option<PageSize>,
    /// `next_cursor` of the page before, of this very list; without it the first page is answered.
    #[param(value_type = Option<String>)]
    #[expect(dead_code, reason = "documents what `read` takes")]
    cursor: Option<Position>,
}

impl PageQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str, cursors: ListCursors<'_>) -> Result<PageRequest, Refusal> {
        let mut fields = Fields::of_query(query)?;
        let request = Self::take(&mut fields, cursors);
        fields.finish(Some(request))
    }

    /// Takes the parameters among those of a longer query, which tells what was refused.
    pub(crate) fn take(fields: &mut Fields, cursors: ListCursors<'_>) -> PageRequest {
        let size = fields.optional("limit", |text| page_size(&text));
        let after = fields.optional("cursor", |text| cursors.position(&text));
        PageRequest {
            size: size.unwrap_or_default(),
            after,
        }
    }
}

/// A call for a page of a list.
pub(crate) struct ListCall {
    cursors: Data<dyn PageCursors>,
    request: HttpRequest,
}

impl FromRequest for ListCall {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let cursors = Data::from_request(request, payload).into_inner();
        ready(cursors.map(|cursors| Self {
            cursors,
            request: request.clone(),
        }))
    }
}

impl ListCall {
    /// The cursors of that list.
    pub(crate) fn cursors(&self, list: ListName) -> ListCursors<'_> {
        ListCursors {
            cursors: &**self.cursors,
            list,
        }
    }

    /// What the caller asks for.
    pub(crate) fn query(&self) -> &str {
        self.request.query_string()
    }
}

/// The cursors of one list: those of another are none here.
#[derive(Clone, Copy)]
pub(crate) struct ListCursors<'a> {
    /// Makes and reads them.
    cursors: &'a dyn PageCursors,
    /// The list.
    list: ListName,
}

impl ListCursors<'_> {
    /// The cursor of the page after that one, where there is another.
    pub(crate) fn next<T>(self, page: &Page<T>) -> Option<String> {
        page.next.map(|position| self.cursors.issue(self.list, position))
    }

    fn position(self, text: &str) -> Result<Position, Flaw> {
        self.cursors.read(self.list, text).ok_or(NO_CURSOR)
    }
}

fn page_size(text: &str) -> Result<PageSize, Flaw> {
    text.parse()
        .ok()
        .and_then(|items| PageSize::new(items).ok())
        .ok_or(NO_PAGE_SIZE)
}
