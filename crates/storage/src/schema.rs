//! The tables as Diesel sees them, kept by hand: generated ones would carry one database's types.

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{Bool, Nullable, Text};

    users (id) {
        id -> Id,
        email -> Text,
        email_verified -> Bool,
        full_name -> Text,
        role -> Text,
        is_active -> Bool,
        password_hash -> Nullable<Text>,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};

    refresh_tokens (id) {
        id -> Id,
        user_id -> Id,
        seed -> Binary,
        generation -> BigInt,
        created_at -> Instant,
        rotated_at -> Instant,
        last_used_at -> Instant,
        expires_at -> Instant,
        revoked_at -> Nullable<Instant>,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    installation (id) {
        id -> Integer,
        salt -> Binary,
    }
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

diesel::joinable!(refresh_tokens -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(users, refresh_tokens);
