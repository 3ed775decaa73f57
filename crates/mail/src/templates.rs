//! The layouts of mails: one for plain text, one for HTML. Values are escaped in HTML, whatever a template says.

use crate::letters::TemplatesError;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value};
use std::collections::BTreeSet;

/// The layout of the plain text.
pub(crate) const TEXT: &str = "mail.txt";
/// The layout of the HTML.
pub(crate) const HTML: &str = "mail.html";

/// The names that templates use, in the order of the values.
const NAMES: [&str; 13] = [
    "language",
    "subject",
    "greeting",
    "lead",
    "facts",
    "button",
    "link",
    "link_label",
    "code",
    "code_label",
    "life",
    "otherwise",
    "footer",
];

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
        let values = [
            text(self.language),
            text(&self.subject),
            text(&self.greeting),
            text(&self.lead),
            Value::from(facts),
            maybe(&self.button),
            maybe(&self.link),
            text(&self.link_label),
            maybe(&self.code),
            text(&self.code_label),
            maybe(&self.life),
            maybe(&self.otherwise),
            text(&self.footer),
        ];
        Value::from_pairs(NAMES.into_iter().zip(values))
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
            refuse_unknown(name, &source)?;
            environment
                .add_template_owned(name, source)
                .map_err(|error| explained(name, &error))?;
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
            .map_err(|error| explained(name, &error))
    }
}

/// The line where a template does not fit, and why.
fn explained(name: &str, error: &Error) -> TemplatesError {
    let problem = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    match error.line() {
        Some(line) => TemplatesError::at(name, line, problem),
        None => TemplatesError::new(name, problem),
    }
}

/// A value that no mail has, by its name: the library says only on which line it is.
fn refuse_unknown(name: &str, source: &str) -> Result<(), TemplatesError> {
    let environment = Environment::new();
    let Ok(template) = environment.template_from_named_str(name, source) else {
        // What can't be read is said when it is taken in.
        return Ok(());
    };
    let mut asked: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    asked.sort_unstable();
    let builtin: BTreeSet<&str> = environment.globals().map(|(global, _)| global).collect();
    let is_known = |asked: &str| NAMES.contains(&asked) || builtin.contains(asked);
    match asked.iter().find(|asked| !is_known(asked)) {
        Some(unknown) => {
            let line = source.lines().position(|line| line.contains(unknown.as_str()));
            let problem = format!("no mail has a value `{unknown}`; there are {}", NAMES.join(", "));
            Err(TemplatesError::at(name, line.unwrap_or_default() + 1, problem))
        }
        None => Ok(()),
    }
}
