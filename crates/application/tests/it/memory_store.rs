//! The store that the other tests here stand on keeps the port's promises.

use portcullis_application::ports::Store;
use portcullis_testkit::MemoryStore;
use std::future::ready;
use std::sync::Arc;

fn fresh() -> impl Future<Output = Option<(Arc<dyn Store>, ())>> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    ready(Some((store, ())))
}

/// Nearly every page of a list comes short.
fn short_sighted() -> impl Future<Output = Option<(Arc<dyn Store>, ())>> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::with_scan_of(2));
    ready(Some((store, ())))
}

portcullis_testkit::store_contract!(contract, fresh());
portcullis_testkit::store_contract!(contract_of_short_pages, short_sighted());
