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
    Man::new(command.clone()).render(&mut page)?;
    for inner in leaves(&command) {
        let inner = Man::new(inner);
        inner.render_name_section(&mut page)?;
        inner.render_synopsis_section(&mut page)?;
        inner.render_options_section(&mut page)?;
    }
    print(&String::from_utf8(page)?)
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
