//! The optimizing tier's compile thread.
//!
//! A hot function is claimed once and handed to a thread of its own; meanwhile the baseline code runs on. The job
//! holds the instance; if that was purged before the result is there, the result is dropped. A function whose
//! compile fails stays claimed and keeps its baseline code.

use super::Code;
use super::instance::Instance;
use crate::compiler::Tier;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};

struct Job {
    instance: Arc<Instance>,
    number: u32,
}

/// The queue to the compile thread, which starts with the first job.
#[derive(Default)]
pub(super) struct Jobs {
    sender: Mutex<Option<Sender<Job>>>,
}

impl Jobs {
    pub(super) fn add(&self, code: &Arc<Code>, instance: Arc<Instance>, number: u32) {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.is_none() {
            let (send, receive) = channel::<Job>();
            let code: Weak<Code> = Arc::downgrade(code);
            let thread = std::thread::Builder::new().name("linac-compile".into()).spawn(move || {
                for job in receive {
                    let Some(code) = code.upgrade() else { return };
                    let done = job.instance.compile(&code, &[job.number], Tier::Optimized, false);
                    if let Err(error) = done
                        && std::env::var_os("LINAC_DEBUG_TIERS").is_some()
                    {
                        let function = &job.instance.functions[job.number as usize];
                        let module = job.instance.module.text();
                        crate::say!("linac: {module}:{}/{}: {error}", function.name.text(), function.arity);
                    }
                }
            });
            // Without a thread the program runs on in baseline code.
            *sender = thread.is_ok().then_some(send);
        }
        if let Some(send) = &*sender {
            // The receiver ends only together with the code table.
            let _ = send.send(Job { instance, number });
        }
    }
}
