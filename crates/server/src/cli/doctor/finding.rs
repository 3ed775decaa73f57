//! What was found about one thing.

use anstyle::{AnsiColor, Style};
use portcullis_application::ports::StoreError;
use serde_json::json;
use std::fmt;

/// How grave it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    /// As it should be.
    Ok,
    /// It works, and should be looked at.
    Warn,
    /// It does not work.
    Fail,
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) grade: Grade,
    pub(super) subject: &'static str,
    pub(super) text: String,
}

impl Finding {
    pub(super) fn ok(subject: &'static str, text: impl Into<String>) -> Self {
        Self::new(Grade::Ok, subject, text)
    }

    pub(super) fn warn(subject: &'static str, text: impl Into<String>) -> Self {
        Self::new(Grade::Warn, subject, text)
    }

    pub(super) fn fail(subject: &'static str, text: impl Into<String>) -> Self {
        Self::new(Grade::Fail, subject, text)
    }

    fn new(grade: Grade, subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            grade,
            subject,
            text: text.into().replace(['\r', '\n'], " "),
        }
    }
}

impl Grade {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    fn style(self) -> Style {
        let color = match self {
            Self::Ok => AnsiColor::Green,
            Self::Warn => AnsiColor::Yellow,
            Self::Fail => AnsiColor::Red,
        };
        color.on_default().bold()
    }
}

impl Finding {
    /// For a terminal that may show colors.
    pub(super) fn colored(&self) -> String {
        let (style, grade) = (self.grade.style(), self.grade.word());
        format!("{style}{grade:<4}{style:#} {}: {}", self.subject, self.text)
    }

    /// For programs.
    pub(super) fn to_json(&self) -> String {
        json!({ "grade": self.grade.word(), "subject": self.subject, "text": self.text }).to_string()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:<4} {}: {}", self.grade.word(), self.subject, self.text)
    }
}

/// What the store says of its failure, causes and all.
pub(super) fn told(error: StoreError) -> String {
    format!("{:#}", anyhow::Error::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_that_begins_with_its_grade() {
        assert_eq!(Finding::ok("keys", "ready").to_string(), "ok   keys: ready");
        assert_eq!(Finding::warn("keys", "a\nb").to_string(), "warn keys: a b");
        assert_eq!(Finding::fail("keys", "gone").to_string(), "fail keys: gone");
    }
}
