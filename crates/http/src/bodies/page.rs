//! Lists by the page: the query that asks for one, and the cursors between them.

use crate::fields::{Fields, Flaw};
use crate::problem::Problem;
use chrono::DateTime;
use portcullis_domain::{PageRequest, PageSize, Position};
use utoipa::IntoParams;
use uuid::Uuid;

/// Hexadecimal digits of the time, before those of the id.
const TIME_DIGITS: usize = 16;

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items at the most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    #[expect(dead_code, reason = "documents what `read` takes")]
    limit: Option<PageSize>,
    /// `next_cursor` of the page before; without it the first page is answered.
    #[param(value_type = Option<String>)]
    #[expect(dead_code, reason = "documents what `read` takes")]
    cursor: Option<Position>,
}

impl PageQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str) -> Result<PageRequest, Problem> {
        let mut fields = Fields::of_form(query.as_bytes())?;
        let request = Self::take(&mut fields);
        fields.finish(Some(request))
    }

    /// Takes the parameters among those of a longer query, which tells what was refused.
    pub(crate) fn take(fields: &mut Fields) -> PageRequest {
        let size = fields.optional("limit", |text| page_size(&text));
        let after = fields.optional("cursor", |text| position(&text));
        PageRequest {
            size: size.unwrap_or_default(),
            after,
        }
    }
}

fn page_size(text: &str) -> Result<PageSize, Flaw> {
    text.parse()
        .ok()
        .and_then(|items| PageSize::new(items).ok())
        .ok_or(Flaw::NO_PAGE_SIZE)
}

/// A cursor as clients see it: they hand it back and read nothing in it.
pub(crate) fn cursor(position: Position) -> String {
    format!("{:016x}{}", position.at.timestamp_micros(), position.id.simple())
}

fn position(cursor: &str) -> Result<Position, Flaw> {
    let parse = || {
        let (time, id) = cursor.split_at_checked(TIME_DIGITS)?;
        let is_ours = cursor.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let at = DateTime::from_timestamp_micros(i64::from_str_radix(time, 16).ok()?)?;
        let id = Uuid::try_parse(id).ok()?;
        is_ours.then_some(Position { at, id })
    };
    parse().ok_or(Flaw::NO_CURSOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_the_position_that_it_was_made_of() {
        let position_of_item = Position {
            at: DateTime::from_timestamp_micros(1_795_311_225_123_456).unwrap(),
            id: Uuid::from_u128(0x0193_38a1_7c00_7a3b_8d52_6f1e_0c9b_4a27),
        };
        assert_eq!(position(&cursor(position_of_item)).ok(), Some(position_of_item));
    }

    #[test]
    fn a_text_that_is_no_cursor_is_refused() {
        let ours = cursor(Position {
            at: DateTime::UNIX_EPOCH,
            id: Uuid::nil(),
        });
        for text in [
            "",
            "x",
            &ours[1..],
            &format!("{ours}0"),
            &ours.replace('0', "é"),
            &"f".repeat(48),
            "%",
            "' OR 1=1--",
        ] {
            assert!(position(text).is_err(), "{text}");
        }
    }
}
