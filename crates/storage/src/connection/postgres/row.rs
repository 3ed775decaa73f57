//! A row of PostgreSQL as Diesel reads it.

use diesel::backend::Backend;
use diesel::pg::{Pg, PgValue};
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};
use std::error::Error;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;
use tokio_postgres::types::{FromSql, Type};

/// A row of an answer.
pub struct PgRow {
    row: tokio_postgres::Row,
    /// The types of the columns, which all rows of an answer share.
    types: Arc<[NonZeroU32]>,
}

/// The rows of one answer.
pub(super) fn all(rows: Vec<tokio_postgres::Row>) -> Vec<PgRow> {
    let columns = rows.first().map(tokio_postgres::Row::columns).unwrap_or_default();
    let types: Arc<[NonZeroU32]> = columns
        .iter()
        .map(|column| NonZeroU32::new(column.type_().oid()).unwrap_or(NonZeroU32::MIN))
        .collect();
    rows.into_iter()
        .map(|row| PgRow {
            row,
            types: Arc::clone(&types),
        })
        .collect()
}

impl RowSealed for PgRow {}

impl<'a> Row<'a, Pg> for PgRow {
    type InnerPartialRow = Self;
    type Field<'f>
        = PgField<'f>
    where
        Self: 'f,
        'a: 'f;

    fn field_count(&self) -> usize {
        self.row.len()
    }

    fn get<'f, I>(&'f self, index: I) -> Option<PgField<'f>>
    where
        'a: 'f,
        Self: RowIndex<I>,
    {
        let index = self.idx(index)?;
        Some(PgField {
            row: &self.row,
            of_type: self.types.get(index)?,
            index,
        })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

impl RowIndex<usize> for PgRow {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.row.len()).then_some(index)
    }
}

impl<'n> RowIndex<&'n str> for PgRow {
    fn idx(&self, name: &'n str) -> Option<usize> {
        self.row.columns().iter().position(|column| column.name() == name)
    }
}

/// A field of a row.
pub struct PgField<'r> {
    row: &'r tokio_postgres::Row,
    of_type: &'r NonZeroU32,
    index: usize,
}

impl<'r> Field<'r, Pg> for PgField<'r> {
    fn field_name(&self) -> Option<&str> {
        self.row.columns().get(self.index).map(tokio_postgres::Column::name)
    }

    fn value(&self) -> Option<<Pg as Backend>::RawValue<'_>> {
        let Bytes(bytes) = self.row.try_get(self.index).ok()?;
        bytes.map(|bytes| PgValue::new(bytes, self.of_type))
    }
}

/// A value as the server sent it.
struct Bytes<'r>(Option<&'r [u8]>);

impl<'r> FromSql<'r> for Bytes<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
