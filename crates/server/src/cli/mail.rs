//! Mails: those of the outbox, what they look like, and whether the mail server takes one.

mod outbox;
mod values;

use super::operation;
use super::output::{Form, print, shown};
use crate::config::{Config, Delivery, Environment};
use crate::letters::letters;
use anyhow::{Context as _, anyhow, bail};
use clap::{Subcommand, ValueEnum};
use portcullis_api::kept_mail_json;
use portcullis_application::Mailbox;
use portcullis_application::ports::{Clock as _, Entropy};
use portcullis_domain::{Email, Language, MailId, MailKind, MailState};
use portcullis_mail::{Line, sample, tell_and_listen};
use portcullis_security::{OsEntropy, SystemClock};
use shaku::HasComponent as _;
use std::io::Write as _;
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Print the mails of the outbox, newest first, without what they say.
    List {
        /// Those of that state alone.
        #[arg(long, value_parser = values::state())]
        state: Option<MailState>,
        /// Print JSON lines also on a terminal.
        #[arg(long)]
        json: bool,
    },
    /// Print a mail that MAILBOX=on keeps, with its link. The setting has to be there for this command too.
    Show {
        /// Its id, as `mail list` prints it.
        #[arg(value_parser = values::id)]
        id: MailId,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send a mail again that waits or was given up. A server that runs does it within 15 seconds.
    Retry {
        /// Its id, as `mail list` prints it.
        #[arg(value_parser = values::id)]
        id: MailId,
    },
    /// Send a mail to an address, and print what the mail server says.
    Test {
        /// Where to.
        address: String,
    },
    /// Print what a mail looks like, with made-up values. Its link opens nothing.
    Preview {
        /// Which mail.
        #[arg(value_name = "TEMPLATE", value_parser = values::kind())]
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

pub(super) fn run(environment: &Environment, command: MailCommand) -> anyhow::Result<()> {
    let config = operation::config(environment)?;
    match command {
        MailCommand::List { state, json } => outbox::list(&config, state, Form::of(json)),
        MailCommand::Retry { id } => outbox::retry(&config, id),
        MailCommand::Show { id, json } => show(&config, id, json),
        MailCommand::Test { address } => test(&config, &address),
        MailCommand::Preview { kind, language, html } => {
            let letter = sample(kind, language.into());
            let written = letters(&config, config.http.port)?.write(&letter)?;
            if html {
                print(&format!("{}\n", written.html.trim_end()))
            } else {
                print(&format!(
                    "Subject: {}\n\n{}\n",
                    written.subject,
                    written.text.trim_end()
                ))
            }
        }
    }
}

fn show(config: &Config, id: MailId, json: bool) -> anyhow::Result<()> {
    if !config.mail.is_kept_inside() {
        bail!(
            "MAILBOX=on is not set for this command, and only mails that it keeps can be read; write it into .env, or before \
             the command: MAILBOX=on portcullis mail show {id}"
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
    let (server, from) = match &config.mail.delivery {
        Delivery::Smtp { server, from } => (server, from),
        Delivery::Inside { .. } => bail!(
            "MAILBOX=on keeps mails inside, so that there is no mail server to try; set SMTP_URL in its place to send mails"
        ),
        Delivery::Off => {
            bail!("no mail server is set; set SMTP_URL, for example SMTP_URL=smtp://user:password@mail.example.org:587")
        }
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
    let host = letters.host();
    let sending = tell_and_listen(server, from, &host, &written, &mut tell);
    let sent = operation::runtime()?.block_on(sending);
    sent.map_err(|reason| anyhow!("{reason}"))?;
    print(&format!("The mail server took a test mail to {to}.\n"))
}
