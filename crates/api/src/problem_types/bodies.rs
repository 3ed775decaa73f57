//! What is said of a kind of problem.

use crate::problem::type_of;
use crate::schemas;
use portcullis_web::{Kind, OwnAddress};
use serde::Serialize;
use utoipa::ToSchema;

/// A kind of problem.
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemType)]
pub(crate) struct ProblemTypeBody {
    /// Where this is answered, as problems of this kind name it.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", examples("/problems/validation_failed"))]
    kind: String,
    /// The kind, for people.
    title: &'static str,
    /// The HTTP status that it comes with.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened and what to do, where a problem does not say more.
    detail: &'static str,
    /// The kind, for programs. It does not change.
    #[schema(schema_with = schemas::problem_code)]
    code: &'static str,
}

impl ProblemTypeBody {
    /// What a server at that address says of a kind.
    pub(crate) fn new(kind: &Kind, address: &OwnAddress) -> Self {
        Self {
            kind: type_of(kind, address),
            title: kind.title,
            status: kind.status.as_u16(),
            detail: kind.detail,
            code: kind.code,
        }
    }

    /// The same as a page. The texts are ours and hold nothing that HTML takes for something else.
    pub(crate) fn page(&self) -> String {
        let Self {
            title,
            status,
            detail,
            code,
            ..
        } = self;
        format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Portcullis</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{detail}</p>
<p>Programs know this problem by the code <code>{code}</code>. It comes with the HTTP status {status}.</p>
</main>
</body>
</html>
"#
        )
    }
}
