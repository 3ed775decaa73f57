//! What the command line says of itself to shells and to `man`.

use super::output::print;
use crate::config;
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

/// Prints a script that completes commands.
pub(super) fn completions(mut command: Command, shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "portcullis", &mut script);
    print(&String::from_utf8(script)?)
}

/// Prints one page about all commands.
pub(super) fn manual(command: Command) -> anyhow::Result<()> {
    print(&page(command)?)
}

fn page(mut command: Command) -> anyhow::Result<String> {
    command.build();
    let mut page = Vec::new();
    let all = Man::new(command.clone());
    all.render_title(&mut page)?;
    all.render_name_section(&mut page)?;
    page.extend(synopsis(&mut command).into_bytes());
    all.render_description_section(&mut page)?;
    all.render_options_section(&mut page)?;
    page.extend(examples(&command).into_bytes());
    let mut page = String::from_utf8(page)?;
    for inner in leaves(&command) {
        page.push_str(&section_of(inner)?);
    }
    page.push_str(&environment());
    page.push_str(FILES_AND_STATUS);
    Ok(page.lines().map(|line| bold(line) + "\n").collect())
}

/// A command, with its own sections below its name.
fn section_of(mut command: Command) -> anyhow::Result<String> {
    let mut section = Vec::new();
    let man = Man::new(command.clone());
    man.render_description_section(&mut section)?;
    section.extend(synopsis(&mut command).into_bytes());
    man.render_options_section(&mut section)?;
    section.extend(examples(&command).into_bytes());
    let section = String::from_utf8(section)?.replace(".SH DESCRIPTION\n", "");
    let name = command.get_name().to_uppercase();
    Ok(format!(".SH {}\n{}", plain(&name), section.replace(".SH ", ".SS ")))
}

/// How the command is written, as its help has it: the library leaves out what options take.
fn synopsis(command: &mut Command) -> String {
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    format!(".SH SYNOPSIS\n{}\n", plain(usage.trim()))
}

/// What stands below the help of a command, with its lines as they are.
fn examples(command: &Command) -> String {
    let Some(text) = command.get_after_help() else {
        return String::new();
    };
    let text = plain(&text.to_string());
    let lines = text.lines().filter(|line| !matches!(*line, "Example:" | "Examples:"));
    let lines: String = lines.flat_map(|line| ["\\&", line, "\n"]).collect();
    format!(".SH EXAMPLES\n.nf\n{lines}.fi\n")
}

fn environment() -> String {
    let settings = config::explained().map(|(name, text)| format!(".TP\n\\fB{name}\\fR\n{}\n", plain(&text)));
    settings.fold(".SH ENVIRONMENT\n".to_owned(), |section, setting| section + &setting)
}

const FILES_AND_STATUS: &str = "\
.SH FILES
.TP
\\fB.env\\fR
Settings, one a line, in the folder that the command is run in.
.TP
\\fBdata/\\fR
DATA_DIR: the database portcullis.db, unless DATABASE_URL names another one, and secret.key where SECRET_KEY is not set.
.SH EXIT STATUS
.TP
\\fB0\\fR
It is done.
.TP
\\fB1\\fR
It is refused, or it failed; a line on standard error says why.
.TP
\\fB2\\fR
The arguments can\\(aqt be understood.
";

/// Text in which nothing is a request.
fn plain(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

/// What stands between backticks, in bold.
fn bold(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return line.to_owned();
    }
    let marks = ["", "\\fB", "\\fR"]
        .into_iter()
        .chain(["\\fB", "\\fR"].into_iter().cycle());
    marks.zip(parts).flat_map(|(mark, part)| [mark, part]).collect()
}

/// The commands that do something, under their whole names.
fn leaves(command: &Command) -> Vec<Command> {
    let inner = command.get_subcommands().filter(|inner| inner.get_name() != "help");
    inner
        .flat_map(|inner| {
            if inner.has_subcommands() {
                return leaves(inner);
            }
            let name = inner.get_bin_name().unwrap_or(inner.get_name()).to_owned();
            vec![inner.clone().name(name)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command;

    #[test]
    fn examples_in_the_manual_keep_their_lines() {
        let text = examples(&command());
        assert!(text.starts_with(".SH EXAMPLES\n.nf\n\\&  portcullis  "), "{text}");
        assert!(text.contains("\\-\\-port 9000") && text.ends_with("\n.fi\n"), "{text}");
    }

    #[test]
    fn the_manual_has_each_section_once_and_each_command_by_its_name() {
        let page = page(command()).unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXAMPLES",
            "ENVIRONMENT",
            "FILES",
            "EXIT STATUS",
        ] {
            assert_eq!(page.matches(&format!("\n.SH {section}\n")).count(), 1, "{section}");
        }
        for line in [
            ".SH PORTCULLIS MAIL RETRY\n",
            "\nportcullis user create [OPTIONS] \\-\\-email <EMAIL> \\-\\-full\\-name <FULL_NAME>\n",
            "\n\\fBSMTP_URL\\fR\n",
            "\\fBmail list\\fR",
        ] {
            assert!(page.contains(line), "{line}: {page}");
        }
        assert!(!page.contains('`'), "{page}");
    }
}
