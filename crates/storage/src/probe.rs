//! A write of a real size, to find out whether writes work.

use crate::connection::AnyConnection;
use crate::error::StatementError;
use diesel::RunQueryDsl;
use diesel::result::Error;
use portcullis_application::ports::StoreResult;

/// It changes every byte, and it is committed: a write that is taken back, or that fits into what was written before,
/// shows nothing of a disk that is full. Chance, since what repeats is stored compressed.
const SQLITE: &str = "UPDATE write_probe SET filler = randomblob(65536) WHERE id = 1";
const POSTGRES: &str = "UPDATE write_probe SET filler = \
    (SELECT string_agg(uuid_send(gen_random_uuid()), ''::bytea) FROM generate_series(1, 4096)) WHERE id = 1";

/// Writes as much as a call writes that writes much. Takes the place of what was written so before.
pub(crate) fn write(connection: &mut AnyConnection) -> StoreResult<()> {
    let statement = match connection {
        AnyConnection::Sqlite(_) => SQLITE,
        AnyConnection::Postgres(_) => POSTGRES,
    };
    let written = match diesel::sql_query(statement).execute(connection) {
        Ok(1) => Ok(()),
        Ok(_) => Err(Error::NotFound),
        Err(error) => Err(error),
    };
    written.map_err(|error| connection.store_error(StatementError::from(error)))
}
