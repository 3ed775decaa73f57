//! Documents what is sent to make something and to change it: two bodies, most of whose members are the same.

/// Two bodies that share the members of the first block, behind those of their own. The members are read by name and judged
/// together, so nobody reads the fields.
macro_rules! twin_bodies {
    (
        shared $shared:tt
        $($(#[$doc:meta])* $name:ident as $schema:ident $((filled with $filled:expr))? { $($own:tt)* })+
    ) => {
        $(twin_bodies! { @one $shared $(#[$doc])* $name as $schema $((filled with $filled))? { $($own)* } })+
    };
    (@one { $($shared:tt)* } $(#[$doc:meta])* $name:ident as $schema:ident $((filled with $filled:expr))? { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(utoipa::ToSchema)]
        #[schema(as = $schema $(, examples($filled))?)]
        #[expect(dead_code, reason = "documents what is read")]
        pub(crate) struct $name {
            $($own)*
            $($shared)*
        }
    };
}

pub(crate) use twin_bodies;
