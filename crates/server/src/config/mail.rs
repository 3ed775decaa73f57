//! Mail: who carries it, who it is from, where its links lead, and what needs it.

use super::setting::{Setting, SettingError};
use super::table::{
    DEFAULT_LOCALE, HOST, MAIL_FROM, MAIL_LINK_JOIN, MAIL_LINK_NOT_ME, MAIL_LINK_PASSWORD, MAIL_LINK_UNDO,
    MAIL_LINK_VERIFY, MAILBOX, PUBLIC_URL, REGISTRATION, REQUIRE_VERIFIED_EMAIL, SMTP_URL, TEMPLATES_DIR, TIME_ZONE,
};
use super::values::Values;
use super::{HttpConfig, OwnAddress};
use portcullis_application::{MailPolicy, Mailing, SignUpPolicy, Verification};
use portcullis_domain::{Language, LinkPurpose, TimeZone};
use portcullis_mail::{LinkPlace, Sender, SmtpServer};
use portcullis_web::is_loopback;
use std::path::PathBuf;

/// Settings of mail.
#[derive(Debug)]
pub struct MailConfig {
    /// Who carries mails on.
    pub delivery: Delivery,
    /// The places that links of a purpose lead to, where not to the server's own pages.
    pub links: Vec<(LinkPurpose, LinkPlace)>,
    /// The folder of the operator's own templates.
    pub templates: Option<PathBuf>,
    /// What the use cases go by.
    pub policy: MailPolicy,
}

/// Who carries mails on.
#[derive(Debug)]
pub enum Delivery {
    /// Nobody: mail is off.
    Off,
    /// The mailbox inside.
    Inside {
        /// Who mails are from, where that is set.
        from: Option<Sender>,
    },
    /// A mail server.
    Smtp {
        /// Which.
        server: SmtpServer,
        /// Who mails are from.
        from: Sender,
    },
}

/// What says where the links of a purpose lead.
static LINKS: [(LinkPurpose, &Setting); 5] = [
    (LinkPurpose::VerifyEmail, &MAIL_LINK_VERIFY),
    (LinkPurpose::ResetPassword, &MAIL_LINK_PASSWORD),
    (LinkPurpose::UndoEmail, &MAIL_LINK_UNDO),
    (LinkPurpose::NotMe, &MAIL_LINK_NOT_ME),
    (LinkPurpose::Join, &MAIL_LINK_JOIN),
];

impl MailConfig {
    pub(super) fn of(values: &mut Values, http: &HttpConfig) -> Result<Self, SettingError> {
        let delivery = delivery(values, http)?;
        let (mailing, is_on) = match delivery {
            Delivery::Off => (Mailing::Off, false),
            Delivery::Inside { .. } => (Mailing::Inside, true),
            Delivery::Smtp { .. } => (Mailing::On, true),
        };
        let mut links = Vec::new();
        for (purpose, setting) in LINKS {
            let place: Option<LinkPlace> = values.find(setting)?;
            refuse_without_mail(setting, is_on, place.is_some())?;
            links.extend(place.map(|place| (purpose, place)));
        }
        let lead_to_pages = links.len() < LINKS.len();
        if matches!(delivery, Delivery::Smtp { .. }) && http.cookies().is_none() && lead_to_pages {
            return Err(SMTP_URL.refused(
                "sends links to pages of this server, which has none where clients come without TLS; set PUBLIC_URL to an \
                 https address, or every MAIL_LINK_ setting to a page of your own",
            ));
        }
        let templates: Option<PathBuf> = values.find(&TEMPLATES_DIR)?;
        refuse_without_mail(&TEMPLATES_DIR, is_on, templates.is_some())?;
        let (language, time_zone): (Language, TimeZone) = (values.get(&DEFAULT_LOCALE)?, values.get(&TIME_ZONE)?);
        let is_read = is_on || http.cookies().is_some();
        refuse_without_mail(&DEFAULT_LOCALE, is_read, language != Language::default())?;
        refuse_without_mail(&TIME_ZONE, is_on, time_zone != TimeZone::default())?;
        let is_required = values.is(&REQUIRE_VERIFIED_EMAIL, "true")?;
        if is_required && !is_on {
            let problem = "needs mail; set SMTP_URL, or MAILBOX=on to try it";
            return Err(REQUIRE_VERIFIED_EMAIL.refused_for(problem, "false"));
        }
        let sign_up: String = values.get(&REGISTRATION)?;
        Ok(Self {
            delivery,
            links,
            templates,
            policy: MailPolicy {
                mailing,
                verification: if is_required {
                    Verification::Required
                } else {
                    Verification::Optional
                },
                sign_up: match sign_up.as_str() {
                    "invited" => SignUpPolicy::Invited,
                    "closed" => SignUpPolicy::Closed,
                    _ => SignUpPolicy::Open,
                },
                language,
                time_zone,
            },
        })
    }

    /// Whether mails are kept inside.
    #[must_use]
    pub fn is_kept_inside(&self) -> bool {
        matches!(self.delivery, Delivery::Inside { .. })
    }

    /// Who mails are from, where there are any and that is set.
    #[must_use]
    pub const fn sender(&self) -> Option<&Sender> {
        match &self.delivery {
            Delivery::Off => None,
            Delivery::Inside { from } => from.as_ref(),
            Delivery::Smtp { from, .. } => Some(from),
        }
    }
}

fn delivery(values: &mut Values, http: &HttpConfig) -> Result<Delivery, SettingError> {
    let is_inside = values.is(&MAILBOX, "on")?;
    let server = values.text(&SMTP_URL)?;
    let from: Option<Sender> = values.find(&MAIL_FROM)?;
    match (server, from) {
        (Some(_), _) if is_inside => Err(MAILBOX.refused_for(
            "keeps mails inside, so that SMTP_URL has no effect; take one of the two out",
            "off",
        )),
        (Some(server), Some(from)) => {
            let server = server.expose().parse();
            let server: SmtpServer = server.map_err(|error| SMTP_URL.refused(format!("{error}")))?;
            Ok(Delivery::Smtp { server, from })
        }
        // The table has said so before.
        (Some(_), None) => Err(MAIL_FROM.refused("is needed where SMTP_URL is set")),
        (None, from) if is_inside => {
            refuse_beyond_loopback(http)?;
            Ok(Delivery::Inside { from })
        }
        (None, from) => {
            refuse_without_mail(&MAIL_FROM, false, from.is_some())?;
            Ok(Delivery::Off)
        }
    }
}

/// Whoever reads the mailbox can use every link in it.
fn refuse_beyond_loopback(http: &HttpConfig) -> Result<(), SettingError> {
    let refused = |setting: &Setting, value: &str| {
        Err(MAILBOX.refused_for(
            format!(
                "shows every mail with its links to whoever reaches the server, and {} is {value}, which others may reach; \
                 set it to this machine, or set SMTP_URL instead",
                setting.name
            ),
            "off",
        ))
    };
    if !is_loopback(&http.host) {
        return refused(&HOST, &http.host);
    }
    match &http.address {
        OwnAddress::Public(url) if !is_loopback(url.host()) => refused(&PUBLIC_URL, url.host()),
        OwnAddress::Public(_) | OwnAddress::Loopback => Ok(()),
    }
}

fn refuse_without_mail(setting: &Setting, is_on: bool, is_set: bool) -> Result<(), SettingError> {
    if is_set && !is_on {
        return Err(setting.refused("has no effect while mail is off; set SMTP_URL or MAILBOX=on, or take it out"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment, SettingErrors};

    const SMTP: (&str, &str) = ("SMTP_URL", "smtp://user:hunter2@mail.example.org");
    const FROM: (&str, &str) = ("MAIL_FROM", "Orchard <no-reply@example.org>");
    const PUBLIC: (&str, &str) = ("PUBLIC_URL", "https://auth.example.org");

    fn load(settings: &[(&str, &str)]) -> Result<MailConfig, SettingErrors> {
        Config::load(&Environment::of(settings)).map(|config| config.mail)
    }

    #[test]
    fn mail_is_off_sent_or_kept_inside() {
        assert!(matches!(load(&[]).unwrap().delivery, Delivery::Off));
        let sent = load(&[SMTP, FROM, PUBLIC]).unwrap();
        assert!(matches!(sent.delivery, Delivery::Smtp { .. }) && sent.policy.is_on());
        let kept = load(&[
            ("MAILBOX", "on"),
            ("REQUIRE_VERIFIED_EMAIL", "true"),
            ("TIME_ZONE", "Asia/Seoul"),
        ]);
        let kept = kept.unwrap();
        assert!(kept.is_kept_inside() && kept.policy.verification == Verification::Required);
        assert_eq!(kept.policy.time_zone.as_str(), "Asia/Seoul");
        assert!(kept.sender().is_none());
        let from = load(&[("MAILBOX", "on"), FROM]).unwrap();
        assert_eq!(from.sender().unwrap().address(), "no-reply@example.org");
    }

    #[test]
    fn mails_whose_links_would_lead_nowhere_are_refused() {
        let in_clear = ("PUBLIC_URL", "http://auth.example.org");
        let own: Vec<(&str, &str)> = LINKS
            .iter()
            .map(|(_, setting)| (setting.name, "https://app.example.org/mail"))
            .collect();
        let with = |own: &[(&'static str, &'static str)]| load(&[&[SMTP, FROM, in_clear], own].concat());
        for some in [&[][..], &own[1..]] {
            let refused = with(some).unwrap_err().to_string();
            assert!(refused.starts_with("SMTP_URL: sends links to pages"), "{refused}");
        }
        assert_eq!(with(&own).unwrap().links.len(), 5);
        assert!(load(&[SMTP, FROM, ("PUBLIC_URL", "http://localhost:8000")]).is_ok());
    }

    #[test]
    fn what_lacks_something_or_has_no_effect_is_refused_by_name() {
        for (settings, line) in [
            (&[SMTP, PUBLIC][..], "MAIL_FROM: is needed where SMTP_URL is set"),
            (&[SMTP, FROM], "PUBLIC_URL: is needed where SMTP_URL is set"),
            (&[FROM], "MAIL_FROM: has no effect while mail is off"),
            (&[("MAIL_LINK_JOIN", "https://x.test")], "MAIL_LINK_JOIN: has no effect"),
            (&[("TEMPLATES_DIR", "/nowhere")], "TEMPLATES_DIR: has no effect"),
            (
                &[("DEFAULT_LOCALE", "ko"), ("PUBLIC_URL", "http://auth.example.org")],
                "DEFAULT_LOCALE: has no effect",
            ),
            (
                &[("REQUIRE_VERIFIED_EMAIL", "true")],
                "REQUIRE_VERIFIED_EMAIL: needs mail",
            ),
            (&[("MAILBOX", "on"), SMTP, FROM, PUBLIC], "MAILBOX: keeps mails inside"),
            (&[("MAILBOX", "on"), ("HOST", "0.0.0.0")], "MAILBOX: shows every mail"),
            (&[("MAILBOX", "on"), PUBLIC], "MAILBOX: shows every mail"),
            (
                &[("SMTP_URL", "http://x.test"), FROM, PUBLIC],
                "SMTP_URL: is not an address",
            ),
            (&[("TIME_ZONE", "Seoul"), ("MAILBOX", "on")], "TIME_ZONE: "),
        ] {
            let refused = load(settings).unwrap_err().to_string();
            assert!(refused.starts_with(line), "{line}: {refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
