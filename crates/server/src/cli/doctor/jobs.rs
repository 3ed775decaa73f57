//! How the jobs went that one server at a time does.

use super::finding::{Finding, told};
use portcullis_application::ports::{JobRecord, JobRun, SharedJob, Store, StoreResult};

const JOBS: &str = "jobs";

pub(super) async fn look_at(store: &dyn Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    for job in SharedJob::ALL {
        let record = store.read(move |repositories| repositories.jobs().get(job)).await;
        findings.push(judged(job.as_str(), record));
    }
    findings
}

fn judged(job: &str, record: StoreResult<JobRecord>) -> Finding {
    match record.map(|record| record.last_run) {
        Ok(None) => Finding::ok(JOBS, format!("{job} has not run yet; a server runs it by itself")),
        Ok(Some(JobRun {
            ended_at,
            failure: None,
        })) => Finding::ok(JOBS, format!("{job} ran last at {ended_at}")),
        Ok(Some(JobRun {
            ended_at,
            failure: Some(failure),
        })) => Finding::warn(
            JOBS,
            format!(
                "{job}, which the server does by itself, failed at {ended_at}: {failure}; the log of that server says more"
            ),
        ),
        Err(error) => Finding::fail(JOBS, format!("{job}: {}", told(error))),
    }
}
