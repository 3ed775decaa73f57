//! Lists by the page: newest first, each page from where the one before ended.

use chrono::{DateTime, Utc};
use uuid::Uuid;

const MOST: usize = 100;

/// How many items a page holds at the most: 1 to 100, 20 where nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(usize);

/// A number that no page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page holds 1 to {MOST} items")]
pub struct PageSizeOutOfRange;

impl PageSize {
    /// The largest page.
    pub const LARGEST: Self = Self(MOST);

    /// A page of so many items.
    ///
    /// # Errors
    /// [`PageSizeOutOfRange`] for 0 and for more than 100.
    pub fn new(items: usize) -> Result<Self, PageSizeOutOfRange> {
        if (1..=MOST).contains(&items) {
            Ok(Self(items))
        } else {
            Err(PageSizeOutOfRange)
        }
    }

    /// The number of items.
    #[must_use]
    pub const fn items(self) -> usize {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

/// Where an item stands in a list that is sorted by time and, within one time, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The item's time.
    pub at: DateTime<Utc>,
    /// The item's id.
    pub id: Uuid,
}

/// Which page is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items it holds at the most.
    pub size: PageSize,
    /// The last item of the page before; `None` asks for the first page.
    pub after: Option<Position>,
}

impl PageRequest {
    /// How many items to read: one more than the page holds tells whether there is another page.
    #[must_use]
    pub const fn to_read(&self) -> usize {
        self.size.0 + 1
    }

    /// The page, of what was read.
    #[must_use]
    pub fn page<T>(&self, mut read: Vec<T>, position: impl FnOnce(&T) -> Position) -> Page<T> {
        let has_more = read.len() > self.size.0;
        read.truncate(self.size.0);
        let next = read.last().filter(|_| has_more).map(position);
        Page { items: read, next }
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The last of them, where others follow.
    pub next: Option<Position>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "items of a page are given by reference"
    )]
    fn position(item: &i64) -> Position {
        Position {
            at: DateTime::from_timestamp_micros(*item).unwrap(),
            id: Uuid::nil(),
        }
    }

    #[test]
    fn a_page_holds_one_to_a_hundred_items() {
        assert_eq!(PageSize::new(0), Err(PageSizeOutOfRange));
        assert_eq!(PageSize::new(101), Err(PageSizeOutOfRange));
        assert_eq!(PageSize::new(100).map(PageSize::items), Ok(100));
        assert_eq!(PageSize::default().items(), 20);
    }

    #[test]
    fn the_last_page_names_no_next_one() {
        let request = PageRequest {
            size: PageSize::new(2).unwrap(),
            after: None,
        };
        assert_eq!(request.to_read(), 3);
        let page = request.page(vec![3, 2, 1], position);
        assert_eq!((page.items, page.next), (vec![3, 2], Some(position(&2))));
        let page = request.page(vec![2, 1], position);
        assert_eq!((page.items, page.next), (vec![2, 1], None));
        assert_eq!(request.page(vec![], position).next, None);
    }
}
