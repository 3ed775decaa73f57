//! Published test vectors, through this crate and through `bcrypt`.

use bcrypt_lanes::{Attempt, PasswordHash, verify_many};

/// From jBCrypt, `TestBCrypt.java` (Damien Miller, 2006).
const JBCRYPT: &[(&str, &str)] = &[
    ("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."),
    ("", "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye"),
    ("", "$2a$10$k1wbIrmNyFAPwPVPSVa/zecw2BCEnBwVS2GbrmgzxFUOqW9dk4TCW"),
    ("", "$2a$12$k42ZFHFWqBp3vWli.nIn8uYyIkbvYRvodzbfbK18SSsY.CsIQPlxO"),
    ("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
    ("a", "$2a$08$cfcvVd2aQ8CMvoMpP2EBfeodLEkkFJ9umNEfPD18.hUF62qqlC/V."),
    ("a", "$2a$10$k87L/MF28Q673VKh8/cPi.SUl7MU/rWuSiIDDFayrKk/1tBsSQu4u"),
    ("a", "$2a$12$8NJH3LsPrANStV6XtBakCez0cKHXVxmvxIlcz785vxAIZrihHZpeS"),
    ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
    ("abc", "$2a$08$Ro0CUfOqk6cXEKf3dyaM7OhSCvnwM9s4wIX9JeLapehKK5YdLxKcm"),
    ("abc", "$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi"),
    ("abc", "$2a$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q"),
    (
        "abcdefghijklmnopqrstuvwxyz",
        "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
    ),
    (
        "abcdefghijklmnopqrstuvwxyz",
        "$2a$08$aTsUwsyowQuzRrDqFflhgekJ8d9/7Z3GV3UcgvzQW3J5zMyrTvlz.",
    ),
    (
        "abcdefghijklmnopqrstuvwxyz",
        "$2a$10$fVH8e28OQRj9tqiDXs1e1uxpsjN0c7II7YPKXua2NAKYvM6iQk7dq",
    ),
    (
        "abcdefghijklmnopqrstuvwxyz",
        "$2a$12$D4G5f18o7aMMfwasBL7GpuQWuP3pkrZrOAnqP.bmezbMng.QwJ/pG",
    ),
    (
        "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
        "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
    ),
    (
        "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
        "$2a$08$Eq2r4G/76Wv39MzSX262huzPz612MZiYHVUJe/OcOql2jo4.9UxTW",
    ),
    (
        "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
        "$2a$10$LgfYWkbzEvQ4JakH7rOvHe0y8pHKF9OaFgwUZ2q7W2FFZmZzJYlfS",
    ),
    (
        "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
        "$2a$12$WApznUOJfkEGSmYRfnkrPOr466oFDCaj4b6HY3EXGvfxm43seyhgC",
    ),
];

/// From `crypt_blowfish` 1.3, `wrapper.c` (Solar Designer): bytes above 127, the prefixes, lengths about the limit.
fn crypt_blowfish() -> Vec<(Vec<u8>, &'static str)> {
    let alphanumeric = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".as_slice();
    let ignored = b"chars after 72 are ignored".as_slice();
    vec![
        (
            b"U*U".to_vec(),
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        ),
        (
            b"U*U*".to_vec(),
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
        ),
        (
            b"U*U*U".to_vec(),
            "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
        ),
        (
            b"".to_vec(),
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
        ),
        (
            [alphanumeric, ignored].concat(),
            "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        ),
        (
            b"\xff\xff\xa3".to_vec(),
            "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        ),
        (
            b"\xff\xff\xa3".to_vec(),
            "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        ),
        (
            b"\xa3".to_vec(),
            "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq",
        ),
        (
            b"\xa3".to_vec(),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq",
        ),
        (
            b"\xa3".to_vec(),
            "$2b$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq",
        ),
        (
            b"\xff\xa334\xff\xff\xff\xa3345".to_vec(),
            "$2y$05$/OK.fbVrR/bpIqNJ5ianF.o./n25XVfn6oAPaUvHe.Csk4zRfsYPi",
        ),
        (
            b"\xff\xa3345".to_vec(),
            "$2y$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e",
        ),
        (
            b"\xff\xa3345".to_vec(),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e",
        ),
        (
            b"\xa3ab".to_vec(),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.6IflQkJytoRVc1yuaNtHfiuq.FRlSIS",
        ),
        (
            [&[0xaa; 72], ignored].concat(),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6",
        ),
        (
            b"\xaa\x55".repeat(36),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.R9xrDjiycxMbQE2bp.vgqlYpW5wx2yy",
        ),
        (
            b"\x55\xaa\xff".repeat(24),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.9tQZzcJfm3uj2NvJ/n5xkhpqLrMpWCe",
        ),
    ]
}

fn all() -> Vec<(Vec<u8>, &'static str)> {
    let mut vectors = crypt_blowfish();
    vectors.extend(
        JBCRYPT
            .iter()
            .map(|(password, hash)| (password.as_bytes().to_vec(), *hash)),
    );
    vectors
}

#[test]
fn the_published_vectors_verify_in_lanes() {
    let vectors = all();
    let hashes: Vec<PasswordHash> = vectors.iter().map(|(_, hash)| hash.parse().unwrap()).collect();
    let attempts: Vec<Attempt<'_>> = vectors
        .iter()
        .zip(&hashes)
        .map(|((password, _), hash)| Attempt { password, hash })
        .collect();
    for ((_, hash), is_right) in vectors.iter().zip(verify_many(&attempts)) {
        assert!(is_right, "{hash}");
    }
}

#[test]
fn the_published_vectors_verify_with_the_reference() {
    for (password, hash) in all() {
        assert!(bcrypt::verify(password, hash).unwrap(), "{hash}");
    }
}

#[test]
fn no_published_vector_verifies_with_another_password() {
    let hashes: Vec<PasswordHash> = all().iter().map(|(_, hash)| hash.parse().unwrap()).collect();
    let attempts: Vec<Attempt<'_>> = hashes
        .iter()
        .map(|hash| Attempt {
            password: b"another password",
            hash,
        })
        .collect();
    assert!(verify_many(&attempts).iter().all(|is_right| !is_right));
}

/// Made by versions of `crypt_blowfish` that extended the sign of bytes above 127.
#[test]
fn the_fault_that_the_prefix_2x_marks_is_not_imitated() {
    let faulty = "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e";
    assert!(!crate::verify(b"\xa3", faulty));
    assert!(!bcrypt::verify(b"\xa3", faulty).unwrap());
    assert!(crate::verify(b"\xff\xff\xa3", faulty));
}
