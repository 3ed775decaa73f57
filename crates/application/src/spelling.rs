//! Which name a misspelt one means.

use strsim::osa_distance;

/// From how many letters on a name may hold two mistakes.
const LONG: usize = 6;

/// The name that is nearest to the one that was written, if one is near. Letter case and what stands between words are no
/// mistakes: `isActive` means `is_active`.
#[must_use]
pub fn nearest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let letters = letters_of(written)?;
    let near = known.iter().filter_map(|known| {
        let of_known = letters_of(known)?;
        let most = if of_known.len() < LONG { 1 } else { 2 };
        // A name may be as long as a body. What is so much longer than a known one is not near to it.
        let is_as_long = letters.len().abs_diff(of_known.len()) <= most;
        let mistakes = is_as_long.then(|| osa_distance(&letters, &of_known))?;
        (mistakes <= most).then_some((mistakes, *known))
    });
    let (_, nearest) = near.min_by_key(|(mistakes, _)| *mistakes)?;
    Some(nearest)
}

/// The letters and digits in lower case. `None` for what is not ASCII, as no name is.
fn letters_of(name: &str) -> Option<String> {
    let letters = name.chars().filter(|letter| !matches!(letter, '_' | '-' | '.' | ' '));
    name.is_ascii()
        .then(|| letters.collect::<String>().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 8] = [
        "email",
        "full_name",
        "role",
        "is_active",
        "current_password",
        "new_password",
        "refresh_token",
        "limit",
    ];

    #[test]
    fn a_misspelt_name_means_the_nearest() {
        for (written, meant) in [
            ("is_actve", "is_active"),
            ("isActive", "is_active"),
            ("IS-ACTIVE", "is_active"),
            ("active", "is_active"),
            ("fullname", "full_name"),
            ("mail", "email"),
            ("emial", "email"),
            ("rolle", "role"),
            ("refreshToken", "refresh_token"),
            ("newPasword", "new_password"),
        ] {
            assert_eq!(nearest(written, &KNOWN), Some(meant), "{written}");
        }
    }

    #[test]
    fn another_name_means_none() {
        let long = "is_active".repeat(10_000);
        for written in ["", "x", "name", "username", "password", "emäil", "sort", "lmt1", &long] {
            assert_eq!(nearest(written, &KNOWN), None, "{written:.20}");
        }
    }
}
