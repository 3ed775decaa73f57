//! How well somebody proved who they are, by what they proved it with.

use crate::{Acr, AuthenticationMethod, AuthenticationMethods};

impl Acr {
    /// How well these methods prove it. What a newer version calls a method proves nothing more here.
    #[must_use]
    pub fn of(methods: &AuthenticationMethods) -> Self {
        methods.iter().map(of_one).max().unwrap_or(Self::OneFactor)
    }
}

const fn of_one(method: &AuthenticationMethod) -> Acr {
    match method {
        // A passkey is taken only of a device that verified its user, and it answers no other site.
        AuthenticationMethod::HardwareKey | AuthenticationMethod::SoftwareKey => Acr::PhishingResistant,
        AuthenticationMethod::MultipleFactors => Acr::TwoFactors,
        // What another provider says of its own factors is not asked: it can't be checked here.
        AuthenticationMethod::Password
        | AuthenticationMethod::OneTimePassword
        | AuthenticationMethod::Federated
        | AuthenticationMethod::Presence
        | AuthenticationMethod::Other(_) => Acr::OneFactor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_method_is_one_factor_and_so_is_what_nobody_knows() {
        for methods in ["pwd", "otp", "fed", "user", "face pwd"] {
            assert_eq!(Acr::of(&methods.parse().unwrap()), Acr::OneFactor);
        }
    }

    #[test]
    fn a_passkey_resists_phishing_alone_and_behind_a_password() {
        for methods in ["hwk user mfa", "swk user mfa", "pwd swk user mfa"] {
            assert_eq!(Acr::of(&methods.parse().unwrap()), Acr::PhishingResistant);
        }
    }

    #[test]
    fn two_factors_are_told_by_their_own_name() {
        assert_eq!(Acr::of(&"mfa otp pwd".parse().unwrap()), Acr::TwoFactors);
    }
}
