//! What the process takes of the machine, by the names that all programs use. Only Linux tells.

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::ProcessFigures;
#[cfg(target_os = "linux")]
pub(super) use linux::ProcessFigures;

#[cfg(target_os = "linux")]
mod linux {
    use crate::metrics::{Measure, measure};
    use procfs::process::{LimitValue, Process};
    use procfs::{boot_time_secs, page_size, ticks_per_second};
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::registry::Registry;
    use std::sync::atomic::{AtomicU64, Ordering};

    pub(in crate::metrics) struct ProcessFigures {
        processor: Counter<f64, AtomicU64>,
        resident: Measure,
        virtual_memory: Measure,
        open_files: Measure,
        most_files: Measure,
        threads: Measure,
        started: Measure,
    }

    impl ProcessFigures {
        pub(in crate::metrics) fn register(registry: &mut Registry) -> Self {
            let processor = Counter::default();
            registry.register(
                "process_cpu_seconds",
                "Processor time that the process has taken",
                processor.clone(),
            );
            Self {
                processor,
                resident: measure(registry, "process_resident_memory_bytes", "Memory that is in use"),
                virtual_memory: measure(registry, "process_virtual_memory_bytes", "Memory that is mapped"),
                open_files: measure(registry, "process_open_fds", "Open files and connections"),
                most_files: measure(registry, "process_max_fds", "Files and connections that may be open"),
                threads: measure(registry, "process_threads", "Threads of the process"),
                started: measure(registry, "process_start_time_seconds", "When the process started"),
            }
        }

        /// What the system does not tell stays as it was.
        pub(in crate::metrics) fn set(&self) {
            let Ok(process) = Process::myself() else { return };
            if let Ok(files) = process.fd_count() {
                self.open_files.set(number(u64::try_from(files).unwrap_or(u64::MAX)));
            }
            if let Ok(limits) = process.limits()
                && let LimitValue::Value(most) = limits.max_open_files.soft_limit
            {
                self.most_files.set(number(most));
            }
            let Ok(stat) = process.stat() else { return };
            self.resident.set(number(stat.rss.saturating_mul(page_size())));
            self.virtual_memory.set(number(stat.vsize));
            self.threads.set(number(stat.num_threads.unsigned_abs()));
            let ticks = number(ticks_per_second()).max(1.0);
            let taken = number(stat.utime + stat.stime) / ticks;
            self.processor.inner().store(taken.to_bits(), Ordering::Relaxed);
            if let Ok(boot) = boot_time_secs() {
                self.started.set(number(boot) + number(stat.starttime) / ticks);
            }
        }
    }

    /// What is above 2^53 is rounded.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a figure of so many digits is looked at, not reckoned with"
    )]
    fn number(number: u64) -> f64 {
        number as f64
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use prometheus_client::registry::Registry;

    pub(in crate::metrics) struct ProcessFigures;

    impl ProcessFigures {
        pub(in crate::metrics) fn register(_: &mut Registry) -> Self {
            Self
        }

        pub(in crate::metrics) fn set(&self) {}
    }
}
