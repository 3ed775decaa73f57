//! Lists newest first, of which one call looks at a bounded part.

use portcullis_domain::{Page, PageRequest, Position};
use std::cmp::Reverse;

/// The page of those `rows` that match. At most `scan` rows are looked at.
pub(super) fn page<T: Clone>(
    rows: impl Iterator<Item = T>,
    position: impl Fn(&T) -> Position,
    request: &PageRequest,
    scan: usize,
    matches: impl Fn(&T) -> bool,
) -> Page<T> {
    let order = |position: Position| (position.at, position.id);
    let after = request.after.map(order);
    let mut rows: Vec<_> = rows
        .filter(|row| after.is_none_or(|after| order(position(row)) < after))
        .collect();
    rows.sort_unstable_by_key(|row| Reverse(order(position(row))));
    let mut items = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if matches(row) {
            items.push(row.clone());
        }
        let looked_at = index + 1;
        if looked_at < rows.len() && (looked_at == scan || items.len() == request.size.items()) {
            return Page {
                items,
                next: Some(position(row)),
            };
        }
    }
    Page { items, next: None }
}
