//! The chance of the operating system.

use portcullis_application::ports::Entropy;
use shaku::Component;

/// [`Entropy`] of the operating system's generator.
///
/// Where that gives nothing, no id, salt or token could be trusted, so the process ends at once.
#[derive(Component)]
#[shaku(interface = Entropy)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            // Straight to standard error: a key may be made before there is a log.
            eprintln!("the operating system gives no random bytes, so nothing can be kept secret: {error}");
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let entropy: &dyn Entropy = &OsEntropy;
        assert_ne!(entropy.bytes::<32>(), entropy.bytes::<32>());
    }
}
