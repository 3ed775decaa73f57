//! What a server's log said of the trail, held against the trail.

use super::report::Fault;
use portcullis_application::audit_trail::AuditReport;
use portcullis_domain::{AuditHead, Digest32};
use std::str::FromStr;

/// A seal that was the last one when a server told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct ExpectedHead(pub(super) AuditHead);

/// A text that names no seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is NUMBER:HASH, the number of a seal and the 64 hexadecimal digits that the log shows beside it")]
pub(in crate::cli) struct NotAHead;

impl FromStr for ExpectedHead {
    type Err = NotAHead;

    fn from_str(text: &str) -> Result<Self, NotAHead> {
        let (number, hash) = text.split_once(':').ok_or(NotAHead)?;
        Ok(Self(AuditHead {
            number: number.parse().map_err(|_| NotAHead)?,
            hash: digest(hash).ok_or(NotAHead)?,
        }))
    }
}

fn digest(text: &str) -> Option<Digest32> {
    let is_hexadecimal = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let halves = is_hexadecimal.then(|| text.split_at(32))?;
    let number = |half| u128::from_str_radix(half, 16).ok().map(u128::to_be_bytes);
    let bytes = [number(halves.0)?, number(halves.1)?].concat();
    bytes.try_into().ok().map(Digest32::new)
}

impl ExpectedHead {
    /// Whether the trail still has that seal. `found` is what it has of that number.
    pub(super) fn compare(self, found: Option<AuditHead>, report: &AuditReport) -> Result<(), Fault> {
        let Self(expected) = self;
        let fault = |code, detail| Fault {
            code,
            seal: Some(expected.number),
            event_id: None,
            detail,
        };
        match found {
            Some(found) if found.hash == expected.hash => Ok(()),
            Some(found) => Err(fault(
                "head_differs",
                format!(
                    "seal {} has the hash {}, not {}",
                    found.number, found.hash, expected.hash
                ),
            )),
            None if expected.number > report.head.number => Err(fault(
                "head_missing",
                format!(
                    "the trail ends at seal {}, before seal {}",
                    report.head.number, expected.number
                ),
            )),
            // Where a seal between others is missing, the check of the chain has told so already.
            None => {
                tracing::warn!(
                    seal = expected.number,
                    "the seal is not there any more and was not compared"
                );
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(number: u64, byte: u8) -> AuditHead {
        AuditHead {
            number,
            hash: Digest32::new([byte; 32]),
        }
    }

    fn report_of(head: AuditHead) -> AuditReport {
        AuditReport {
            unknown: 0,
            events: 0,
            unsealed: 0,
            oldest_unsealed: None,
            pruned: 0,
            seals: 0,
            head,
            faults: Vec::new(),
        }
    }

    #[test]
    fn a_head_reads_as_the_log_shows_it() {
        let expected = head(42, 0xa7);
        let text = format!("{}:{}", expected.number, expected.hash);
        assert_eq!(text.parse(), Ok(ExpectedHead(expected)));
        for bad in [
            "",
            "42",
            ":",
            &text[1..].replace(':', ""),
            &text[..text.len() - 1],
            &format!("{text}0"),
            &format!("-{text}"),
            &text.replace(":a", ":+"),
            &text.replace("a7", "é"),
        ] {
            assert_eq!(bad.parse::<ExpectedHead>(), Err(NotAHead), "{bad:?}");
        }
    }

    #[test]
    fn a_seal_that_is_another_one_or_lies_beyond_the_end_is_a_fault() {
        let expected = ExpectedHead(head(5, 1));
        let code = |found, end| expected.compare(found, &report_of(end)).map_err(|fault| fault.code);
        assert_eq!(code(Some(head(5, 1)), head(5, 1)), Ok(()));
        assert_eq!(code(Some(head(5, 1)), head(9, 3)), Ok(()));
        assert_eq!(code(Some(head(5, 2)), head(5, 2)), Err("head_differs"));
        assert_eq!(code(Some(head(5, 2)), head(9, 3)), Err("head_differs"));
        assert_eq!(code(None, head(4, 3)), Err("head_missing"));
        assert_eq!(code(None, head(9, 3)), Ok(()), "it was removed, as the retention says");
    }
}
