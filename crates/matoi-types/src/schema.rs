//! How these types look in the OpenAPI document: each is a string with a form of its own.

use std::borrow::Cow;

use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

use crate::{Id, IdKind, Importance, Lang, Priority, Severity, Timestamp, Tlp};

impl<K: IdKind> ComposeSchema for Id<K> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".to_owned())))
            .description(Some(format!(
                "Identifier of one {}: a UUID version 7 in lower case.",
                K::NAME
            )))
            .into()
    }
}

impl<K: IdKind> ToSchema for Id<K> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(K::SCHEMA)
    }
}

impl ComposeSchema for Timestamp {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some(
                "A point in time, RFC 3339. Answers are in UTC; any offset is accepted.",
            ))
            .into()
    }
}

impl ToSchema for Timestamp {}

fn one_of(names: impl Iterator<Item = &'static str>, description: &'static str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .description(Some(description))
        .into()
}

/// Declares the schema of an enumeration from its own list. A macro because the five differ in nothing else.
macro_rules! enumeration {
    ($name:ident, $description:literal) => {
        impl ComposeSchema for $name {
            fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
                one_of($name::ALL.iter().map(|step| step.as_str()), $description)
            }
        }
        impl ToSchema for $name {}
    };
}

enumeration!(Severity, "How bad it looks, least first.");
enumeration!(Priority, "How urgently it is worked on; p1 is the most urgent.");
enumeration!(
    Importance,
    "How much the organisation depends on it, least first."
);
enumeration!(Tlp, "A label of the Traffic Light Protocol 2.0.");
enumeration!(Lang, "A language of the interface.");
