//! Whether this replica can serve.

use portcullis_testkit::TestApp;

#[tokio::test]
async fn a_replica_whose_store_answers_is_ready() {
    TestApp::new().health.ready().await.unwrap();
}
