//! What Diesel's enum of connections asks of a connection about the types of PostgreSQL.

use super::PgTls;
use diesel::internal::derives::multiconnection::MultiConnectionHelper;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::sql_types::TypeMetadata;
use std::any::Any;

/// Stands for the look-up of types by name, which nothing here needs: all types have fixed oids.
pub(super) struct FixedTypes;

impl PgMetadataLookup for FixedTypes {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        // Oid 0 leaves it to the server to find the type.
        PgTypeMetadata::new(0, 0)
    }
}

impl MultiConnectionHelper for PgTls {
    fn to_any<'a>(_: &mut <Pg as TypeMetadata>::MetadataLookup) -> &mut (dyn Any + 'a) {
        // A value without size: the box allocates nothing, so nothing is leaked.
        Box::leak(Box::new(FixedTypes))
    }

    fn from_any(lookup: &mut dyn Any) -> Option<&mut <Pg as TypeMetadata>::MetadataLookup> {
        lookup
            .downcast_mut::<FixedTypes>()
            .map(|types| types as &mut dyn PgMetadataLookup)
    }
}
