//! The layouts of mails: one for plain text, one for HTML. Values are escaped in HTML, whatever a template says.

use crate::letters::TemplatesError;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

/// The layout of the plain text.
pub(crate) const TEXT: &str = "mail.txt";
/// The layout of the HTML.
pub(crate) const HTML: &str = "mail.html";

/// What a layout is filled with. Each text is in the language of the mail.
#[derive(Debug)]
pub(crate) struct Filling {
    pub(crate) language: &'static str,
    pub(crate) subject: String,
    pub(crate) greeting: String,
    pub(crate) lead: String,
    pub(crate) facts: Vec<Fact>,
    pub(crate) button: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) link_label: String,
    pub(crate) code: Option<String>,
    pub(crate) code_label: String,
    pub(crate) life: Option<String>,
    pub(crate) otherwise: Option<String>,
    pub(crate) footer: String,
}

/// A line of what happened.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) value: String,
}

impl Filling {
    /// By the names that templates use.
    fn value(&self) -> Value {
        let text = |text: &str| Value::from(text);
        let maybe = |text: &Option<String>| text.as_deref().map_or_else(|| Value::from(()), Value::from);
        let facts: Vec<Value> = self.facts.iter().map(Fact::value).collect();
        Value::from_pairs([
            ("language", text(self.language)),
            ("subject", text(&self.subject)),
            ("greeting", text(&self.greeting)),
            ("lead", text(&self.lead)),
            ("facts", Value::from(facts)),
            ("button", maybe(&self.button)),
            ("link", maybe(&self.link)),
            ("link_label", text(&self.link_label)),
            ("code", maybe(&self.code)),
            ("code_label", text(&self.code_label)),
            ("life", maybe(&self.life)),
            ("otherwise", maybe(&self.otherwise)),
            ("footer", text(&self.footer)),
        ])
    }
}

impl Fact {
    fn value(&self) -> Value {
        Value::from_pairs([("label", self.label.as_str()), ("value", self.value.as_str())])
    }
}

/// Both layouts.
pub(crate) struct Layouts(Environment<'static>);

impl Layouts {
    /// Those that are compiled in, or an operator's own.
    pub(crate) fn of(text: Option<String>, html: Option<String>) -> Result<Self, TemplatesError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| {
            if name == HTML {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        for (name, own, compiled_in) in [
            (TEXT, text, include_str!("../templates/mail.txt")),
            (HTML, html, include_str!("../templates/mail.html")),
        ] {
            let source = own.unwrap_or_else(|| compiled_in.to_owned());
            environment
                .add_template_owned(name, source)
                .map_err(|error| TemplatesError::new(name, error))?;
        }
        Ok(Self(environment))
    }

    pub(crate) fn text(&self, filling: &Filling) -> Result<String, TemplatesError> {
        self.filled(TEXT, filling)
    }

    pub(crate) fn html(&self, filling: &Filling) -> Result<String, TemplatesError> {
        self.filled(HTML, filling)
    }

    fn filled(&self, name: &'static str, filling: &Filling) -> Result<String, TemplatesError> {
        let template = self.0.get_template(name);
        template
            .and_then(|template| template.render(filling.value()))
            .map_err(|error| TemplatesError::new(name, error))
    }
}
