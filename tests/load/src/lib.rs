//! The limits of a machine, without Portcullis: what its load run is held against.

pub mod store;
