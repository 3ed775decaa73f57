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
        created_at -> Instant,
        locale -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        pending_email -> Nullable<Text>,
        has_signed_in -> Bool,
        search_text -> Text,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::Text;

    passwords (user_id) {
        user_id -> Id,
        hash -> Text,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};

    sessions (id) {
        id -> Id,
        user_id -> Id,
        kind -> Text,
        authenticated_at -> Instant,
        methods -> Text,
        seed -> Binary,
        generation -> BigInt,
        created_at -> Instant,
        rotated_at -> Instant,
        last_used_at -> Instant,
        expires_at -> Instant,
        revoked_at -> Nullable<Instant>,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        outdated -> Nullable<BigInt>,
        access_until -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{Nullable, Text};

    invitations (id) {
        id -> Id,
        email -> Text,
        full_name -> Nullable<Text>,
        role -> Text,
        invited_by -> Nullable<Id>,
        created_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};

    one_time_links (id) {
        id -> Id,
        purpose -> Text,
        user_id -> Nullable<Id>,
        invitation_id -> Nullable<Id>,
        address -> Text,
        session_id -> Nullable<Id>,
        digest -> Nullable<Binary>,
        browser -> Nullable<Binary>,
        code_tries -> BigInt,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
        replaced_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Text};

    code_failures (user_id, kind, counter) {
        user_id -> Id,
        kind -> Text,
        counter -> Binary,
        since -> Instant,
        wrong -> BigInt,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Nullable};

    totp (user_id) {
        user_id -> Id,
        secret -> Nullable<Binary>,
        confirmed_at -> Nullable<Instant>,
        last_step -> Nullable<BigInt>,
        pending -> Nullable<Binary>,
        pending_since -> Nullable<Instant>,
        pending_session -> Nullable<Id>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};

    passkeys (id) {
        id -> Id,
        user_id -> Id,
        credential_id -> Binary,
        relying_party -> Text,
        public_half -> Binary,
        counter -> BigInt,
        is_synced -> Bool,
        name -> Text,
        created_at -> Instant,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        last_used_at -> Nullable<Instant>,
        last_address -> Nullable<Text>,
        last_user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::Binary;

    recovery_codes (user_id, digest) {
        user_id -> Id,
        digest -> Binary,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{Nullable, Text};

    identities (id) {
        id -> Id,
        user_id -> Id,
        issuer -> Text,
        subject -> Text,
        provider -> Text,
        label -> Nullable<Text>,
        linked_at -> Instant,
        last_used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};

    sign_in_challenges (digest) {
        digest -> Binary,
        user_id -> Id,
        device -> Nullable<Binary>,
        methods -> Text,
        tries -> BigInt,
        created_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};

    mails (id) {
        id -> Id,
        kind -> Text,
        recipient -> Text,
        user_id -> Nullable<Id>,
        link_id -> Nullable<Id>,
        locale -> Nullable<Text>,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        other_address -> Nullable<Text>,
        about -> Nullable<Text>,
        browser -> Nullable<Binary>,
        created_at -> Instant,
        state -> Text,
        attempts -> BigInt,
        next_at -> Instant,
        ended_at -> Nullable<Instant>,
        failure -> Nullable<Text>,
        tried_since -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::BigInt;

    revocations (number) {
        number -> BigInt,
        session_id -> Id,
        generation -> BigInt,
        until -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

    audit_events (id) {
        id -> Id,
        format -> BigInt,
        kind -> Text,
        at -> Instant,
        actor_id -> Nullable<Id>,
        user_id -> Nullable<Id>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        result -> Text,
        details -> Text,
        mac -> Binary,
        seal -> Nullable<BigInt>,
    }
}

diesel::table! {
    use crate::types::Instant;
    use diesel::sql_types::{BigInt, Binary};

    audit_seals (number) {
        number -> BigInt,
        sealed_at -> Instant,
        previous -> Binary,
        events -> Binary,
        digest -> Binary,
        mac -> Binary,
    }
}

diesel::table! {
    audit_head (id) {
        id -> Integer,
        number -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    use crate::types::Instant;
    use diesel::sql_types::{BigInt, Binary, Integer};

    audit_pruning (id) {
        id -> Integer,
        through_number -> BigInt,
        through_hash -> Binary,
        events -> BigInt,
        pruned_at -> Instant,
        mac -> Binary,
    }
}

diesel::table! {
    use crate::types::Instant;
    use diesel::sql_types::Binary;

    spent (digest) {
        digest -> Binary,
        until -> Instant,
    }
}

diesel::table! {
    use crate::types::Instant;
    use diesel::sql_types::{Binary, Nullable, Text};

    signing_keys (id) {
        id -> Text,
        purpose -> Text,
        algorithm -> Text,
        encrypted -> Binary,
        public_part -> Nullable<Text>,
        created_at -> Instant,
        activated_at -> Nullable<Instant>,
        retired_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::Instant;
    use diesel::sql_types::{Nullable, Text};

    jobs (name) {
        name -> Text,
        next_at -> Instant,
        ended_at -> Nullable<Instant>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    locks (name) {
        name -> Text,
    }
}

diesel::table! {
    use crate::types::Instant;
    use diesel::sql_types::{Binary, Bool, Integer, Nullable};

    installation (id) {
        id -> Integer,
        salt -> Binary,
        audit_key -> Nullable<Binary>,
        not_before -> Nullable<Instant>,
        is_backup -> Bool,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};

    clients (id) {
        id -> Id,
        client_id -> Text,
        name -> Text,
        kind -> Text,
        managed_by -> Text,
        enabled -> Bool,
        auth_method -> Text,
        pkce -> Text,
        consent -> Text,
        access -> Text,
        min_acr -> Nullable<Text>,
        assertion_audience -> Text,
        id_token_alg -> Text,
        id_token_seconds -> BigInt,
        claims_in_id_token -> Bool,
        roles_claim -> Text,
        jwks -> Nullable<Text>,
        client_uri -> Nullable<Text>,
        policy_uri -> Nullable<Text>,
        tos_uri -> Nullable<Text>,
        token_generation -> BigInt,
        version -> BigInt,
        stamp -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::Text;

    client_values (client, kind, value) {
        client -> Id,
        kind -> Text,
        value -> Text,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{Binary, Nullable, Text};

    client_secrets (id) {
        id -> Id,
        client -> Id,
        digest -> Binary,
        label -> Text,
        created_at -> Instant,
        expires_at -> Nullable<Instant>,
        last_used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::Text;

    client_members (client, user_id) {
        client -> Id,
        user_id -> Id,
        roles -> Text,
        added_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Nullable, Text};

    resources (id) {
        id -> Id,
        uri -> Text,
        name -> Text,
        managed_by -> Text,
        owner -> Nullable<Id>,
        alg -> Text,
        access_seconds -> BigInt,
        version -> BigInt,
        stamp -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use crate::types::Id;
    use diesel::sql_types::{Bool, Text};

    resource_scopes (name) {
        name -> Text,
        resource -> Id,
        description -> Text,
        is_default -> Bool,
    }
}

diesel::table! {
    change_counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::Text;

    consents (user_id, client) {
        user_id -> Id,
        client -> Id,
        scopes -> Text,
        granted_at -> Instant,
        last_used_at -> Instant,
    }
}

diesel::table! {
    use crate::types::{Id, Instant};
    use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};

    grants (id) {
        id -> Id,
        client -> Id,
        client_generation -> BigInt,
        user_id -> Id,
        session_id -> Id,
        offline -> Bool,
        scopes -> Text,
        resources -> Text,
        claims -> Text,
        authenticated_at -> Instant,
        methods -> Text,
        refreshable -> Bool,
        redirect_uri -> Nullable<Text>,
        code_challenge -> Nullable<Text>,
        nonce -> Nullable<Text>,
        code_until -> Nullable<Instant>,
        redeemed_at -> Nullable<Instant>,
        seed -> Binary,
        generation -> BigInt,
        created_at -> Instant,
        rotated_at -> Instant,
        last_used_at -> Instant,
        expires_at -> Instant,
        outdated -> Nullable<BigInt>,
        access_until -> Instant,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        revoked_at -> Nullable<Instant>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

diesel::joinable!(client_members -> users (user_id));
diesel::joinable!(resources -> clients (owner));
diesel::joinable!(grants -> users (user_id));
diesel::joinable!(passwords -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(clients, client_values, resources);
diesel::allow_tables_to_appear_in_same_query!(
    users,
    passwords,
    totp,
    passkeys,
    sessions,
    consents,
    grants,
    client_members
);
