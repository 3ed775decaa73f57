//! What is wrong with a client or a resource that somebody wrote down.

/// One fault of one member, told to whoever wrote it: a program, a person at the command line, or the owner of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The member.
    pub member: &'static str,
    /// Which of its values, where it is a list.
    pub value: Option<String>,
    /// What is wrong, for programs.
    pub code: &'static str,
    /// What is wrong and what to do, for people.
    pub detail: String,
}

impl Fault {
    /// A fault of a whole member.
    pub fn new(member: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            member,
            value: None,
            code,
            detail: detail.into(),
        }
    }

    /// A fault of one value of a list.
    pub fn of(member: &'static str, value: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            value: Some(value.to_owned()),
            ..Self::new(member, code, detail)
        }
    }
}
