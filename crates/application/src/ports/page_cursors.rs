//! The cursors between the pages of a list.

use portcullis_domain::{Position, RegistrationId, UserId};
use shaku::Interface;

/// Which list a cursor belongs to, and whose. What else was asked of the list, such as a filter or the size of a page, is
/// no part of it: it may change in the middle of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListName {
    /// All users.
    Users,
    /// The sessions of the user who asks.
    OwnSessions(UserId),
    /// The sessions of a user, for administrators.
    UserSessions(UserId),
    /// The whole audit trail.
    AuditEvents,
    /// The invitations that are open.
    Invitations,
    /// The mails of the outbox.
    Mails,
    /// The clients.
    Clients,
    /// The members of the client that the store calls so.
    ClientMembers(RegistrationId),
    /// The resources.
    Resources,
    /// What the audit trail says of the user who asks.
    OwnAuditEvents(UserId),
}

/// Makes and reads the opaque text that leads to the next page of a list.
pub trait PageCursors: Interface {
    /// The cursor that goes on behind that position of the list. It is always the same, and of characters that stand in
    /// a URI as they are (RFC 3986, section 2.3).
    fn issue(&self, list: ListName, position: Position) -> String;

    /// The position that a cursor names; `None` for a text that was not issued for that very list. Takes constant time
    /// to compare.
    fn read(&self, list: ListName, raw: &str) -> Option<Position>;
}
