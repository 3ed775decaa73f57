//! Whether OAuth clients find a provider here, and whether the file of clients can be read.

use super::finding::Finding;
use crate::clients_file::ClientsFileText;
use crate::config::Config;

const PROVIDER: &str = "provider";
const FILE: &str = "clients";

pub(super) fn look_at(config: &Config) -> Vec<Finding> {
    let provider = match config.http.provider_issuer(config.http.port) {
        Ok(issuer) if issuer.ends_with_a_slash() => Finding::warn(
            PROVIDER,
            format!(
                "OAuth clients know it as {issuer}, and half of them take the slash away; write PUBLIC_URL without"
            ),
        ),
        Ok(issuer) => Finding::ok(PROVIDER, format!("OAuth clients know it as {issuer}")),
        // Who has no clients needs none.
        Err(why) if config.clients_file.is_none() => Finding::ok(PROVIDER, format!("there is none: {why}")),
        Err(why) => Finding::fail(
            PROVIDER,
            format!("CLIENTS_FILE is set, and OAuth clients find none: {why}"),
        ),
    };
    let file = config
        .clients_file
        .as_ref()
        .map(|path| match ClientsFileText::read(path) {
            Ok(file) => Finding::ok(
                FILE,
                format!(
                    "{} says of {} clients and {} resources; portcullis client apply --dry-run shows what differs",
                    path.display(),
                    file.content.clients.len(),
                    file.content.resources.len()
                ),
            ),
            Err(error) => Finding::fail(FILE, format!("{error:#}")),
        });
    std::iter::once(provider).chain(file).collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use crate::config::Environment;

    fn grades(settings: &[(&str, &str)]) -> Vec<Grade> {
        let config = Config::load(&Environment::of(settings)).unwrap();
        look_at(&config).into_iter().map(|finding| finding.grade).collect()
    }

    #[test]
    fn a_provider_without_a_name_is_a_fault_only_where_clients_need_it() {
        assert_eq!(grades(&[]), [Grade::Ok]);
        assert_eq!(grades(&[("HOST", "0.0.0.0")]), [Grade::Ok]);
        assert_eq!(grades(&[("PUBLIC_URL", "https://auth.example.org/")]), [Grade::Warn]);
        let missing = [("HOST", "0.0.0.0"), ("CLIENTS_FILE", "/no/such/file.toml")];
        assert_eq!(grades(&missing), [Grade::Fail, Grade::Fail]);
    }
}
