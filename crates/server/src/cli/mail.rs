//! Mails: those of the outbox, what they look like, and whether the mail server takes one.

use super::operation;
use super::output::{Column, Form, Rows, moment, print, shown};
use crate::config::{Config, Delivery, Environment};
use crate::foundation::letters;
use anyhow::{Context as _, anyhow, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Subcommand, ValueEnum};
use portcullis_api::{kept_mail_json, mail_json};
use portcullis_application::ports::{Clock as _, Entropy};
use portcullis_application::{Mailbox, Outbox};
use portcullis_domain::{Email, Language, Mail, MailId, MailKind, MailState, PageRequest, PageSize};
use portcullis_mail::{Line, sample, tell_and_listen};
use portcullis_security::{OsEntropy, SystemClock};
use shaku::HasComponent as _;
use std::io::Write as _;
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Print the mails of the outbox, newest first. What they say is not among it.
    List {
        /// Those of that state alone.
        #[arg(long, value_name = "waiting|sent|failed")]
        state: Option<MailState>,
        /// Print JSON lines also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Print a mail of the mailbox inside (MAILBOX=on), with its link.
    Show {
        /// Its id, as `mail list` prints it.
        #[arg(value_parser = id)]
        id: MailId,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send a mail to an address, and print what the mail server says.
    Test {
        /// Where to.
        address: String,
    },
    /// Print what a mail looks like, with made-up values. Its link opens nothing.
    Preview {
        /// Which.
        #[arg(value_name = "KIND", value_parser = kinds())]
        kind: MailKind,
        /// The language.
        #[arg(long, value_enum, default_value_t = PreviewLanguage::En)]
        language: PreviewLanguage,
        /// Print the HTML instead of the plain text.
        #[arg(long)]
        html: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum PreviewLanguage {
    En,
    Ko,
}

impl From<PreviewLanguage> for Language {
    fn from(language: PreviewLanguage) -> Self {
        match language {
            PreviewLanguage::En => Self::English,
            PreviewLanguage::Ko => Self::Korean,
        }
    }
}

/// The kinds, which the help lists and a shell completes.
fn kinds() -> impl TypedValueParser<Value = MailKind> {
    PossibleValuesParser::new(MailKind::ALL.map(MailKind::as_str)).try_map(|name| name.parse::<MailKind>())
}

fn id(text: &str) -> Result<MailId, &'static str> {
    text.parse()
        .map_err(|_| "this is no id of a mail; `portcullis mail list` prints them")
}

pub(super) fn run(environment: &Environment, command: MailCommand) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    match command {
        MailCommand::List { state, json } => list(&config, state, Form::of(json)),
        MailCommand::Show { id, json } => show(&config, id, json),
        MailCommand::Test { address } => test(&config, &address),
        MailCommand::Preview { kind, language, html } => {
            let letter = sample(kind, language.into());
            let written = letters(&config, config.http.port)?.write(&letter)?;
            let text = if html {
                written.html
            } else {
                format!("Subject: {}\n\n{}", written.subject, written.text)
            };
            print(&format!("{}\n", text.trim_end()))
        }
    }
}

const COLUMNS: &[Column<Mail>] = &[
    ("ID", |mail| mail.id.to_string()),
    ("WRITTEN", |mail| moment(mail.created_at)),
    ("KIND", |mail| mail.kind.to_string()),
    ("TO", |mail| mail.to.to_string()),
    ("STATE", |mail| mail.state.to_string()),
    ("TRIES", |mail| mail.attempts.to_string()),
    ("WHY", |mail| mail.failure.clone().unwrap_or_default()),
];

fn list(config: &Config, state: Option<MailState>, form: Form) -> anyhow::Result<()> {
    operation::on_store(config, async |container, operator| {
        let outbox: Arc<dyn Outbox> = container.resolve();
        let mut rows = Rows::new(form, COLUMNS, "no mails", |mail| Ok(mail_json(mail)));
        let mut request = PageRequest {
            size: PageSize::LARGEST,
            after: None,
        };
        loop {
            let page = outbox.list(operator.authority(), state, request).await;
            let page = page.context("the mails can't be read")?;
            rows.add(&page.items)?;
            request.after = page.next;
            if request.after.is_none() {
                return rows.end();
            }
        }
    })
}

fn show(config: &Config, id: MailId, json: bool) -> anyhow::Result<()> {
    if !config.mail.is_kept_inside() {
        bail!(
            "MAILBOX is not on for this command, which shows mails of the mailbox inside; write MAILBOX=on before it, or into \
             .env, where the server reads it, too"
        );
    }
    let from = config.mail.sender().map(ToString::to_string);
    operation::on_store(config, async |container, _| {
        let mailbox: Arc<dyn Mailbox> = container.resolve();
        let found = mailbox.find(id).await.context("the mail can't be read")?;
        let kept =
            found.ok_or_else(|| anyhow!("there is no mail {id} in the mailbox; `portcullis mail list` names them"))?;
        if json {
            return print(&format!("{}\n", kept_mail_json(&kept, from.as_deref())));
        }
        let written = &kept.written;
        let from = from.map_or_else(String::new, |from| format!("From: {from}\n"));
        print(&format!(
            "{from}To: {}\nSubject: {}\n\n{}\n",
            written.to,
            written.subject,
            written.text.trim_end()
        ))
    })
}

fn test(config: &Config, address: &str) -> anyhow::Result<()> {
    if config.mail.is_kept_inside() {
        bail!("MAILBOX=on keeps mails inside, so there is no mail server to try; set SMTP_URL in its place");
    }
    let Delivery::Smtp { server, from } = &config.mail.delivery else {
        bail!("no mail server is set; set SMTP_URL, for example SMTP_URL=smtp://user:password@mail.example.org:587");
    };
    let to = Email::parse(address).map_err(|error| anyhow!("{address:?}: {error}"))?;
    let letters = letters(config, config.http.port)?;
    let mut letter = sample(MailKind::Test, config.mail.policy.language);
    let entropy: &dyn Entropy = &OsEntropy;
    letter.id = MailId::new(SystemClock.now(), entropy.bytes());
    letter.to = to.clone();
    letter.full_name = None;
    let written = letters.write(&letter)?;
    let mut tell = |line: Line| {
        let (mark, text) = match &line {
            Line::Ours(text) => ('>', text),
            Line::Theirs(text) => ('<', text),
        };
        // Nobody may read it any more; the mail is sent all the same.
        let _ = writeln!(std::io::stdout(), "{mark} {}", shown(text));
    };
    let sent = tell_and_listen(server, from, &letters.host(), &written, &mut tell);
    sent.map_err(|reason| anyhow!("{reason}"))?;
    print(&format!("The mail server took a test mail to {to}.\n"))
}
