//! Diesel's queries on the client of PostgreSQL: their text and values go out, rows come back.

use super::any_types::FixedTypes;
use super::refusal::told_by_its_code;
use super::row::{self, PgRow};
use bytes::BytesMut;
use diesel::pg::{Pg, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{QueryBuilder as _, QueryFragment, QueryId};
use diesel::result::{Error, QueryResult};
use futures_util::TryStreamExt as _;
use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::error;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Client, RowStream, Statement};

/// What tells prepared statements apart: the text, and the types of the values.
type Key = (Arc<str>, Vec<u32>);

/// The texts of queries whose type says it all. To write one anew each time takes longer than to find it here.
static TEXTS: RwLock<BTreeMap<TypeId, Arc<str>>> = RwLock::new(BTreeMap::new());

/// A client, and the statements that were prepared on it. Several may be sent before the first is answered: they are sent
/// in the order in which their futures are first looked at.
pub(super) struct DieselClient {
    client: Client,
    /// Held while a statement is prepared, so that none overtakes it.
    kept: Mutex<HashMap<Key, Statement>>,
}

/// A query without the types of Diesel.
pub(super) struct Sendable {
    text: Arc<str>,
    values: Vec<Value>,
    /// Whether its text is always the same, so that it is worth to be kept.
    is_kept: bool,
}

impl Sendable {
    pub(super) fn of<Q: QueryFragment<Pg> + QueryId>(query: &Q) -> QueryResult<Self> {
        let is_kept = query.is_safe_to_cache_prepared(&Pg)?;
        let mut collected = RawBytesBindCollector::<Pg>::new();
        query.collect_binds(&mut collected, &mut FixedTypes, &Pg)?;
        let values = collected.metadata.iter().zip(collected.binds);
        Ok(Self {
            text: if is_kept { text_of(query)? } else { written(query)? },
            values: values.map(Value::of).collect::<QueryResult<_>>()?,
            is_kept,
        })
    }
}

fn text_of<Q: QueryFragment<Pg> + QueryId>(query: &Q) -> QueryResult<Arc<str>> {
    let Some(id) = Q::query_id() else {
        return written(query);
    };
    let kept = TEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    if let Some(text) = kept {
        return Ok(text);
    }
    let text = written(query)?;
    let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
    Ok(Arc::clone(texts.entry(id).or_insert(text)))
}

fn written(query: &impl QueryFragment<Pg>) -> QueryResult<Arc<str>> {
    let mut text = PgQueryBuilder::default();
    query.to_sql(&mut text, &Pg)?;
    Ok(text.finish().into())
}

impl DieselClient {
    pub(super) fn of(client: Client) -> Self {
        Self {
            client,
            kept: Mutex::default(),
        }
    }

    /// Runs statements without values. They overtake none of those whose text is kept.
    pub(super) async fn run(&self, statements: &str) -> QueryResult<()> {
        drop(self.kept.lock().await);
        self.client.batch_execute(statements).await.map_err(told_by_its_code)
    }

    /// Runs a statement that gives no rows; how many it wrote.
    pub(super) async fn count(&self, query: QueryResult<Sendable>) -> QueryResult<usize> {
        let mut rows = std::pin::pin!(self.start(query?).await?);
        while rows.try_next().await.map_err(told_by_its_code)?.is_some() {}
        let count = rows.rows_affected().unwrap_or_default();
        count
            .try_into()
            .map_err(|error| Error::DeserializationError(Box::new(error)))
    }

    /// Runs a query.
    pub(super) async fn rows(&self, query: QueryResult<Sendable>) -> QueryResult<Vec<PgRow>> {
        let rows: Vec<_> = self
            .start(query?)
            .await?
            .try_collect()
            .await
            .map_err(told_by_its_code)?;
        Ok(row::all(rows))
    }

    async fn start(&self, query: Sendable) -> QueryResult<RowStream> {
        let statement = self.prepared(&query).await?;
        let started = self.client.query_raw(&statement, query.values).await;
        started.map_err(told_by_its_code)
    }

    async fn prepared(&self, query: &Sendable) -> QueryResult<Statement> {
        let types: Vec<Type> = query.values.iter().map(|value| value.of_type.clone()).collect();
        let prepare = async || {
            let prepared = self.client.prepare_typed(&query.text, &types).await;
            prepared.map_err(told_by_its_code)
        };
        if !query.is_kept {
            return prepare().await;
        }
        let key = (Arc::clone(&query.text), types.iter().map(Type::oid).collect());
        let mut kept = self.kept.lock().await;
        if let Some(statement) = kept.get(&key) {
            return Ok(statement.clone());
        }
        let statement = prepare().await?;
        kept.insert(key, statement.clone());
        Ok(statement)
    }
}

/// A value as Diesel has written it.
#[derive(Debug)]
struct Value {
    of_type: Type,
    bytes: Option<Vec<u8>>,
}

impl Value {
    fn of((metadata, bytes): (&PgTypeMetadata, Option<Vec<u8>>)) -> QueryResult<Self> {
        let oid = metadata
            .oid()
            .map_err(|error| Error::SerializationError(Box::new(error)))?;
        let of_type = Type::from_oid(oid).ok_or_else(|| {
            Error::SerializationError(format!("the type {oid} is not one of PostgreSQL's own").into())
        })?;
        Ok(Self { of_type, bytes })
    }
}

impl ToSql for Value {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn error::Error + Sync + Send>> {
        Ok(match &self.bytes {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    /// The server was told the type when it prepared the statement.
    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        of_type: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn error::Error + Sync + Send>> {
        self.to_sql(of_type, out)
    }
}
