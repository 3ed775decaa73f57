//! The promises of the port, on both databases.

use crate::databases::{fresh_postgres, fresh_sqlite};

portcullis_testkit::store_contract!(sqlite, fresh_sqlite());
portcullis_testkit::store_contract!(postgres, fresh_postgres());
