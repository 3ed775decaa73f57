//! What the command line says of itself to shells and to `man`.

use super::output::print;
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
pub(super) fn manual(mut command: Command) -> anyhow::Result<()> {
    command.build();
    let mut page = Vec::new();
    let all = Man::new(command.clone());
    all.render_title(&mut page)?;
    all.render_name_section(&mut page)?;
    all.render_synopsis_section(&mut page)?;
    all.render_description_section(&mut page)?;
    all.render_options_section(&mut page)?;
    page.extend(examples(&command).into_bytes());
    for inner in leaves(&command) {
        let man = Man::new(inner.clone());
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_options_section(&mut page)?;
        page.extend(examples(&inner).into_bytes());
    }
    all.render_version_section(&mut page)?;
    print(&String::from_utf8(page)?)
}

/// What stands below the help of a command, with its lines as they are.
fn examples(command: &Command) -> String {
    let Some(text) = command.get_after_help() else {
        return String::new();
    };
    let text = text.to_string().replace('\\', "\\e").replace('-', "\\-");
    let lines: Vec<String> = text.lines().map(|line| format!("\\&{line}\n")).collect();
    format!(".SH EXAMPLES\n.nf\n{}.fi\n", lines.concat())
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
        assert!(
            text.starts_with(".SH EXAMPLES\n.nf\n\\&Examples:\n\\&  portcullis  "),
            "{text}"
        );
        assert!(text.contains("\\-\\-port 9000") && text.ends_with("\n.fi\n"), "{text}");
    }
}
