//! The table of settings as `.env.example` and as the tables of `docs/configuration.md`.

use super::later::{LATER, Later};
use super::setting::{Form, Section, Setting};
use super::table::SECTIONS;
use std::fmt::Write as _;

const WIDTH: usize = 118;

const HEAD: &str = "\
# Portcullis' settings with their defaults. Copy this file to `.env` in the folder that the server is started from and
# uncomment what you change. A variable of the environment takes precedence over a line of `.env`. See
# docs/configuration.md. An empty value is refused. docker-compose.yml also needs POSTGRES_PASSWORD.
#
# A secret can be kept in a file of its own: set the name with _FILE to the file's path instead (for example
# SECRET_KEY_FILE=/run/secrets/portcullis). Line ends at the end of the file are dropped. Set one of the two, not both.
";

/// The file that lists every setting of this version.
pub(crate) fn env_file() -> String {
    let mut text = HEAD.to_owned();
    for section in SECTIONS {
        let _ = write!(text, "\n# --- {} ---\n", section.heading);
        for setting in section.settings {
            let line = format!("{} Takes {}.", setting.help, values(setting, ""));
            let value = setting.default.unwrap_or_default();
            let _ = write!(text, "\n{}#{}={value}\n", comment(&line), setting.name);
        }
    }
    text
}

/// The tables of the document, each under its heading.
pub(crate) fn markdown() -> String {
    let sections = SECTIONS.iter().map(|section| (section.heading, rows_of(section)));
    let tables = sections.chain([("Of later versions", rows_of_later(LATER))]);
    let tables: Vec<String> = tables
        .map(|(heading, rows)| format!("## {heading}\n\n{rows}"))
        .collect();
    tables.join("\n")
}

/// Each setting's name, and what it does, with what a value may be.
pub(crate) fn explained() -> impl Iterator<Item = (&'static str, String)> {
    let settings = SECTIONS.iter().flat_map(|section| section.settings);
    settings.map(|setting| {
        let default = setting.default.map(|default| format!(" Default: {default}."));
        let text = format!(
            "{} Takes {}.{}",
            setting.help,
            values(setting, ""),
            default.unwrap_or_default()
        );
        (setting.name, text)
    })
}

fn rows_of(section: &Section) -> String {
    let mut rows = "| setting | default | takes | |\n| --- | --- | --- | --- |\n".to_owned();
    for setting in section.settings {
        let default = setting
            .default
            .map_or("unset".to_owned(), |default| format!("`{default}`"));
        let (name, values) = (setting.name, values(setting, "`"));
        let text = [setting.help, setting.more].join(" ");
        let _ = writeln!(rows, "| `{name}` | {default} | {values} | {} |", text.trim_end());
    }
    rows
}

fn rows_of_later(settings: &[Later]) -> String {
    let mut rows = "| setting | would |\n| --- | --- |\n".to_owned();
    for Later { name, capability } in settings {
        let _ = writeln!(rows, "| `{name}` | {capability} |");
    }
    rows
}

/// What a value may be. Words stand between `quote`s.
fn values(setting: &Setting, quote: &str) -> String {
    let own = match &setting.form {
        Form::Text(what, _) => (*what).to_owned(),
        Form::Number(least, most) => format!("{least} to {most}"),
        Form::OneOf(words) => format!("{quote}{}{quote}", words.join(&format!("{quote}, {quote}"))),
        Form::Secret(_) | Form::LateSecret => "a text that is kept secret".to_owned(),
    };
    let file = setting.twin().map(|twin| format!(" (its file: {quote}{twin}{quote})"));
    let needed = setting.needs.iter().map(|name| format!("; needs {quote}{name}{quote}"));
    file.into_iter().chain(needed).fold(own, |values, more| values + &more)
}

/// Lines of a comment, each of which fits.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = "#".to_owned();
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(lines, "{line}");
            "#".clone_into(&mut line);
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(lines, "{line}");
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

    /// Has the documents written, not compared.
    const WRITE: &str = "PORTCULLIS_WRITE_DOCUMENTS";

    fn assert_is(path: &str, expected: &str) {
        let path = Path::new(ROOT).join(path);
        if std::env::var_os(WRITE).is_some() {
            fs::write(&path, expected).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap();
        let shown = path.display();
        assert!(
            found == expected,
            "{shown} is not what the table says; run this test with {WRITE}=1"
        );
    }

    #[test]
    fn the_example_file_is_the_table() {
        assert_is(".env.example", &env_file());
    }

    /// The first table under each heading is ours.
    #[test]
    fn the_document_shows_the_table() {
        let path = "docs/configuration.md";
        let mut document = fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
        for section in markdown().split("## ").skip(1) {
            let (heading, rows) = section.trim_end().split_once("\n\n").unwrap();
            let under_heading = document.find(&format!("\n## {heading}\n")).expect(heading);
            let start = under_heading + document[under_heading..].find("\n| ").expect(heading) + 1;
            let length = document[start..]
                .find("\n\n")
                .unwrap_or(document[start..].trim_end().len());
            document.replace_range(start..start + length, rows);
        }
        assert_is(path, &document);
    }

    /// The image sets the others. A name of a later version that did not arrive would not be refused.
    #[test]
    fn compose_passes_the_settings_on() {
        let compose = fs::read_to_string(Path::new(ROOT).join("docker-compose.yml")).unwrap();
        let is_passed_on = |name: &str| compose.lines().any(|line| line.starts_with(&format!("      {name}:")));
        let missing: Vec<String> = super::super::table::settings()
            .map(|setting| setting.name.to_owned())
            .chain(super::super::later::names())
            // A name that is the operator's own in part is passed on for Google and GitHub.
            .filter(|name| !name.contains('<'))
            .filter(|name| !["HOST", "PORT", "DATA_DIR"].contains(&name.as_str()) && !is_passed_on(name))
            .collect();
        assert!(missing.is_empty(), "not in docker-compose.yml: {missing:?}");
        let passed_on = |line: &&str| line.ends_with(':') && line.trim() == line.trim().to_uppercase();
        let mut names: Vec<&str> = compose.lines().filter(passed_on).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "a name stands twice in docker-compose.yml");
    }

    #[test]
    fn the_readme_names_no_setting_that_is_not_there() {
        let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
        let table = readme.split("| setting |").nth(1).unwrap();
        let table = table.split("\n\n").next().unwrap();
        let first_cells = table
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('|').next());
        let names: Vec<&str> = first_cells
            .flat_map(|cell| cell.split(['`', ',', ' ']))
            .filter(|name| !name.is_empty())
            .collect();
        assert!(names.contains(&"PORT"), "{names:?}");
        for name in names {
            assert!(
                super::super::table::settings().any(|setting| setting.name == name),
                "{name}"
            );
        }
    }
}
