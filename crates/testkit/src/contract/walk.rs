//! Walking a list page by page, as a client does.

use super::read;
use portcullis_application::ports::{Repositories, Store, StoreResult};
use portcullis_domain::{Page, PageRequest, PageSize, Position};
use std::sync::Arc;

/// All of a list, by pages of `size` from the first to the last. Each page goes on behind the one before, also where
/// that came short.
pub(super) async fn walk<T, F>(store: &Arc<dyn Store>, size: usize, list: F) -> Vec<T>
where
    T: Send + 'static,
    F: Fn(&mut dyn Repositories, &PageRequest) -> StoreResult<Page<T>> + Clone + Send + 'static,
{
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = page(store, size, after, list.clone()).await;
        assert!(page.items.len() <= size);
        items.extend(page.items);
        let Some(next) = page.next else { return items };
        let order = |position: Position| (position.at, position.id);
        assert!(
            after.is_none_or(|after| order(next) < order(after)),
            "from {after:?} the list goes on at {next:?}"
        );
        after = Some(next);
    }
}

/// One page of a list.
pub(super) async fn page<T, F>(store: &Arc<dyn Store>, size: usize, after: Option<Position>, list: F) -> Page<T>
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Repositories, &PageRequest) -> StoreResult<Page<T>> + Send + 'static,
{
    let request = PageRequest {
        size: PageSize::new(size).unwrap(),
        after,
    };
    read(store, move |repositories| list(repositories, &request)).await
}
