//! The settings of social sign-in. Most have `<NAME>` in their names, which the macro of the other sections does not write.

use super::super::setting::{Form, Section, Setting};
use super::super::social;
use super::checks::{allowed_hosts, app_redirects};

/// Those with `<NAME>` in their names stand for as many as an operator sets up; `social` reads them.
pub(super) static SOCIAL: Section = Section {
    heading: "Social sign-in",
    settings: &[
        &SOCIAL_CLIENT_ID,
        &SOCIAL_CLIENT_SECRET,
        &SOCIAL_ISSUER,
        &SOCIAL_LABEL,
        &SOCIAL_SCOPES,
        &SOCIAL_TRUST_EMAIL,
        &SOCIAL_AUDIENCES,
        &REDIRECT_ALLOWLIST,
        &OUTBOUND_ALLOW,
    ],
};

static SOCIAL_CLIENT_ID: Setting = Setting {
    name: "SOCIAL_<NAME>_CLIENT_ID",
    form: Form::Text("a text", social::client_id),
    example: "portcullis",
    help: "What this server is called at another provider that people may sign in by. `<NAME>` is `GOOGLE`, `GITHUB`, or a name \
           of your own in capital letters.",
    more: "Set this and the secret at the least ([more](social.md)).",
    ..Setting::BLANK
};
static SOCIAL_CLIENT_SECRET: Setting = Setting {
    name: "SOCIAL_<NAME>_CLIENT_SECRET",
    form: Form::Secret(social::client_secret),
    example: "<the secret that the provider shows>",
    help: "The secret that the provider gave for it. Each provider asks for one.",
    ..Setting::BLANK
};
static SOCIAL_ISSUER: Setting = Setting {
    name: "SOCIAL_<NAME>_ISSUER",
    form: Form::Text("an https address", social::issuer),
    example: "https://id.example.org",
    help: "The issuer of a provider of OpenID Connect, as its discovery document has it. For `GITHUB`, the address of a GitHub \
           Enterprise Server. Google and GitHub need none.",
    ..Setting::BLANK
};
static SOCIAL_LABEL: Setting = Setting {
    name: "SOCIAL_<NAME>_LABEL",
    form: Form::Text("a name of at most 40 characters", social::label),
    example: "Example",
    help: "What people call it: it stands on its button. Unset, it is the name.",
    ..Setting::BLANK
};
static SOCIAL_SCOPES: Setting = Setting {
    name: "SOCIAL_<NAME>_SCOPES",
    form: Form::Text("scopes, with spaces between them", social::scopes),
    example: "openid email profile",
    help: "What the provider is asked for. Unset: `openid email profile`, and `read:user user:email` at GitHub.",
    ..Setting::BLANK
};
static SOCIAL_TRUST_EMAIL: Setting = Setting {
    name: "SOCIAL_<NAME>_TRUST_EMAIL",
    form: Form::OneOf(&["true", "false"]),
    example: "true",
    help: "Whether the provider's word on addresses counts as proof of them, where it says that they are verified. Unset: of \
           Google, for the addresses that it gives out itself; of others, not.",
    more: "With `true`, whoever controls the provider can sign in as anybody whose address is verified here \
           ([more](social.md#whose-account-it-is)).",
    ..Setting::BLANK
};
static SOCIAL_AUDIENCES: Setting = Setting {
    name: "SOCIAL_<NAME>_AUDIENCES",
    form: Form::Text("client ids, with commas between them", social::audiences),
    example: "ios-app,android-app",
    help: "Your other clients at the provider whose ID tokens `POST /auth/social/{provider}/id-token` takes: those of mobile apps.",
    ..Setting::BLANK
};
pub(crate) static REDIRECT_ALLOWLIST: Setting = Setting {
    name: "REDIRECT_ALLOWLIST",
    form: Form::Text("addresses of apps, with commas between them", app_redirects),
    example: "https://app.example.org/signed-in",
    help: "Where apps with a front end of their own are answered after a sign-in at another provider. Each is compared byte for \
           byte. Unset: no app begins one.",
    more: "`https`, `http` on this machine, or a scheme of the app's own with a dot in it. The pages of this server need none.",
    ..Setting::BLANK
};
pub(crate) static OUTBOUND_ALLOW: Setting = Setting {
    name: "OUTBOUND_ALLOW",
    form: Form::Text("hosts and networks, with commas between them", allowed_hosts),
    example: "id.corp.example,10.1.0.0/16",
    help: "Hosts and networks inside that the server may call. Unset, it calls addresses of the open internet alone, by https.",
    more: "A host may have a port. Without TLS only a host of this machine is called, and only where it is named here \
           ([more](social.md#calls-that-leave-the-house)).",
    ..Setting::BLANK
};
