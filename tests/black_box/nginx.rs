//! nginx, with configurations of ours.

use std::path::Path;
use std::process::Command;

/// The program with a configuration whose `http` block holds that text. It keeps what it writes in the folder.
pub(crate) fn command(nginx: &Path, folder: &Path, http: &str) -> Command {
    let kept = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {kept}/{what};\n"))
        .concat();
    let configuration = format!(
        "daemon off;\nmaster_process off;\npid {kept}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{http}\n}}\n"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration).unwrap();
    let mut command = Command::new(nginx);
    command.args(["-e", "stderr"]).arg("-p").arg(folder).arg("-c").arg(file);
    command
}
