//! Tells in the log when sending begins to fail, and when it works again: not of each span.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What sends, and whether it failed last.
#[derive(Debug)]
pub(super) struct Watched<E> {
    exporter: E,
    fails: AtomicBool,
}

impl<E> Watched<E> {
    pub(super) const fn around(exporter: E) -> Self {
        Self {
            exporter,
            fails: AtomicBool::new(false),
        }
    }

    fn note(&self, sent: &OTelSdkResult) {
        let failed_before = self.fails.swap(sent.is_err(), Ordering::Relaxed);
        match sent {
            Err(error) if !failed_before => {
                tracing::warn!(%error, "traces can't be sent to OTEL_EXPORTER_OTLP_ENDPOINT: they are dropped until they can");
            }
            Ok(()) if failed_before => tracing::info!("traces are sent again"),
            Err(_) | Ok(()) => {}
        }
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        self.note(&sent);
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
