//! Bodies of other people's accounts.

use crate::json::boolean_parameter;
use crate::lists::{ListCursors, PageQuery};
use crate::schemas;
use crate::users::bodies::UserBody;
use portcullis_application::ProfileChange;
use portcullis_application::new_account::NewAccount;
use portcullis_application::ports::{UserFilter, UserQuery};
use portcullis_application::users::UserChange;
use portcullis_domain::{Email, FullName, Page, PageRequest, Password, PasswordPolicy, Role, SecretText, User};
use portcullis_web::{Fields, Refusal};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Which users.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `read` takes")]
pub(crate) struct UsersQuery {
    /// Part of the address or of the name, in any letter case. Every character stands for itself.
    #[param(value_type = Option<String>, min_length = 1, max_length = 320,
        pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    query: Option<UserQuery>,
    /// Those of that role.
    #[param(value_type = Option<crate::users::bodies::RoleBody>, inline)]
    role: Option<Role>,
    /// The active ones, or the disabled ones.
    is_active: Option<bool>,
}

impl UsersQuery {
    /// Checks the parameters.
    pub(crate) fn read(query: &str, cursors: ListCursors<'_>) -> Result<(UserFilter, PageRequest), Refusal> {
        let mut fields = Fields::of_query(query)?;
        let filter = UserFilter {
            query: fields.optional("query", |text| UserQuery::parse(&text)),
            role: fields.optional("role", |text| text.parse::<Role>()),
            is_active: fields.optional("is_active", |text| boolean_parameter(&text)),
        };
        let page = PageQuery::take(&mut fields, cursors);
        fields.finish(Some((filter, page)))
    }
}

/// Part of the users, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = UserList)]
pub(crate) struct UserListBody {
    /// The users. There may be fewer than were asked for, even none, although others follow.
    items: Vec<UserBody>,
    /// The cursor of the next page, where there is one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl UserListBody {
    /// What an administrator sees of a page.
    pub(crate) fn new(page: &Page<User>, cursors: ListCursors<'_>) -> Self {
        Self {
            items: page.items.iter().map(UserBody::from).collect(),
            next_cursor: cursors.next(page),
        }
    }
}

/// An account to make.
#[derive(ToSchema)]
pub(crate) struct CreateUserBody {
    /// The address to sign in with, such as `ada@example.org`, in any letter case.
    #[schema(value_type = String, format = Email, max_length = 254)]
    email: Email,
    /// The name to be called by, such as `Ada Lovelace`.
    #[schema(schema_with = schemas::full_name)]
    full_name: FullName,
    /// What the user may do.
    #[schema(value_type = crate::users::bodies::RoleBody)]
    role: Role,
    /// By the rules of signing up. Without one, nobody can sign in to the account until it has one.
    #[schema(value_type = String, required = false, format = Password, min_length = 8, max_length = 128,
        pattern = "^[^\\u0000]*$")]
    password: Option<Password>,
}

impl CreateUserBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields, policy: PasswordPolicy) -> Result<Self, Refusal> {
        let email = fields.required("email", |text| Email::parse(&text));
        let full_name = fields.required("full_name", |text| FullName::parse(&text));
        let role = fields.required("role", |text| text.parse::<Role>());
        let password = fields.optional("password", |text| Password::parse(SecretText::new(text), policy));
        let required = email.zip(full_name).zip(role);
        fields.finish(required.map(|((email, full_name), role)| Self {
            email,
            full_name,
            role,
            password,
        }))
    }
}

impl From<CreateUserBody> for NewAccount {
    fn from(body: CreateUserBody) -> Self {
        Self {
            email: body.email,
            full_name: body.full_name,
            role: body.role,
            password: body.password,
        }
    }
}

/// What to change of a user; what is left out stays as it is.
#[derive(ToSchema)]
#[schema(examples(json!({})))]
pub(crate) struct ChangeUserBody {
    /// Another name, such as `Ada King`.
    #[schema(schema_with = schemas::full_name, required = false)]
    full_name: Option<FullName>,
    /// Another address. It changes at once and is unverified; with mail it gets a link, and the old one is told.
    #[schema(value_type = String, required = false, format = Email, max_length = 254)]
    email: Option<Email>,
    /// Another role. The access tokens that tell the old one stop working at once.
    #[schema(value_type = crate::users::bodies::RoleBody, required = false)]
    role: Option<Role>,
    /// `false` disables the account and ends its sessions, `true` enables it again.
    #[schema(value_type = bool, required = false)]
    is_active: Option<bool>,
}

impl ChangeUserBody {
    /// Checks the members.
    pub(crate) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let body = Self {
            full_name: fields.optional("full_name", |text| FullName::parse(&text)),
            email: fields.optional("email", |text| Email::parse(&text)),
            role: fields.optional("role", |text| text.parse::<Role>()),
            is_active: fields.optional_boolean("is_active"),
        };
        fields.finish(Some(body))
    }
}

impl From<ChangeUserBody> for UserChange {
    fn from(body: ChangeUserBody) -> Self {
        Self {
            profile: ProfileChange {
                full_name: body.full_name,
                email: body.email,
                ..ProfileChange::default()
            },
            role: body.role,
            is_active: body.is_active,
        }
    }
}
