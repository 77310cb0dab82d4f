//! wasmtime's typed API, measured by itself for the benchmarks: `typed COMPONENT.wasm` reads lines such as
//! `repeat config 1000` and answers each with the nanoseconds that so many operations took, or with what went wrong.
//! The host does what those of the other columns do.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{bail, Context, Result};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

mod bench {
    wasmtime::component::bindgen!({ path: "../../testdata/wit", world: "bench" });
}
mod script {
    wasmtime::component::bindgen!({ path: "../../testdata/wit", world: "greeter" });
}

struct Host {
    settings: HashMap<String, String>,
    start: Instant,
    logged: AtomicU64,
}

impl Host {
    fn new() -> Host {
        let settings = [("base_url", "a value of 20 bytes."), ("greeting", "hello"), ("retries", "5")];
        Host {
            settings: settings.map(|(k, v)| (k.to_string(), v.to_string())).into(),
            start: Instant::now(),
            logged: AtomicU64::new(0),
        }
    }
}

const SOMEBODY: &str = "00000000-0000-0000-0000-000000000001";

// The two worlds import the same interface; bindgen makes a trait of it for each.
macro_rules! host {
    ($world:ident) => {
        impl $world::astrid::guest::lifecycle::Host for Host {}

        impl $world::astrid::sys::host::Host for Host {
            fn get_config(&mut self, key: String) -> Result<Option<String>, $world::astrid::sys::host::ErrorCode> {
                Ok(self.settings.get(&key).cloned())
            }
            fn get_caller(
                &mut self,
            ) -> Result<$world::astrid::sys::host::CallerContext, $world::astrid::sys::host::ErrorCode> {
                Ok($world::astrid::sys::host::CallerContext {
                    principal: None,
                    source_id: SOMEBODY.to_string(),
                    timestamp: "2025-06-11T00:26:40Z".to_string(),
                })
            }
            fn log(&mut self, _: $world::astrid::sys::host::LogLevel, message: String) {
                self.logged.fetch_add(message.len() as u64, Ordering::Relaxed);
            }
            fn signal_ready(&mut self) {}
            fn clock_ms(&mut self) -> u64 {
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
            }
            fn clock_monotonic_ns(&mut self) -> u64 {
                self.start.elapsed().as_nanos() as u64
            }
            fn sleep_ns(&mut self, _: u64) -> Result<(), $world::astrid::sys::host::ErrorCode> {
                Ok(())
            }
            fn random_bytes(&mut self, length: u64) -> Result<Vec<u8>, $world::astrid::sys::host::ErrorCode> {
                let mut bytes = vec![0; length as usize];
                getrandom::fill(&mut bytes)
                    .map_err(|e| $world::astrid::sys::host::ErrorCode::Unknown(e.to_string()))?;
                Ok(bytes)
            }
            fn check_capsule_capability(
                &mut self,
                r: $world::astrid::sys::host::CapabilityCheckRequest,
            ) -> Result<$world::astrid::sys::host::CapabilityCheckResponse, $world::astrid::sys::host::ErrorCode> {
                let allowed = r.source_uuid == SOMEBODY && r.capability == "net_connect";
                Ok($world::astrid::sys::host::CapabilityCheckResponse { allowed })
            }
            fn enumerate_capabilities(&mut self) -> Vec<String> {
                Vec::new()
            }
        }
    };
}
host!(bench);
host!(script);

const PAYLOAD: &[u8] = b"thirty-two bytes of some payload";

/// Small is the guest of the benchmarks: one instance for the calls, and what makes fresh ones.
struct Small {
    engine: Engine,
    pre: bench::BenchPre<Host>,
    store: Store<Host>,
    guest: bench::Bench,
}

impl Small {
    fn new(engine: &Engine, component: &Component) -> Result<Small> {
        let mut linker = Linker::new(engine);
        bench::Bench::add_to_linker::<_, HasSelf<_>>(&mut linker, |h: &mut Host| h)?;
        let pre = bench::BenchPre::new(linker.instantiate_pre(component)?)?;
        let mut store = Store::new(engine, Host::new());
        let guest = pre.instantiate(&mut store)?;
        Ok(Small { engine: engine.clone(), pre, store, guest })
    }

    fn run(&mut self, words: &[&str], times: u32) -> Result<()> {
        match words {
            ["repeat", what] => {
                let what = match *what {
                    "clock" => bench::What::Clock,
                    "config" => bench::What::Config,
                    "unset" => bench::What::Unset,
                    "log" => bench::What::Log,
                    "check" => bench::What::Check,
                    "random" => bench::What::Random,
                    _ => bail!("unknown host function"),
                };
                let right = self.guest.call_repeat(&mut self.store, what, times)?;
                anyhow::ensure!(right == times, "{right} of {times} answers are right");
            }
            ["nop"] => {
                for _ in 0..times {
                    self.guest.call_nop(&mut self.store)?;
                }
            }
            ["hook"] => {
                for _ in 0..times {
                    self.guest.call_astrid_hook_trigger(&mut self.store, "echo", PAYLOAD)?;
                }
            }
            ["fresh"] => {
                for _ in 0..times {
                    let mut store = Store::new(&self.engine, Host::new());
                    let guest = self.pre.instantiate(&mut store)?;
                    guest.call_astrid_hook_trigger(&mut store, "echo", PAYLOAD)?;
                }
            }
            _ => bail!("unknown operation"),
        }
        Ok(())
    }
}

/// Script is the capsule in JavaScript, of the world greeter.
struct Script {
    engine: Engine,
    pre: script::GreeterPre<Host>,
    store: Store<Host>,
    guest: script::Greeter,
}

impl Script {
    fn new(engine: &Engine, component: &Component) -> Result<Script> {
        let mut linker = Linker::new(engine);
        script::Greeter::add_to_linker::<_, HasSelf<_>>(&mut linker, |h: &mut Host| h)?;
        let pre = script::GreeterPre::new(linker.instantiate_pre(component)?)?;
        let mut store = Store::new(engine, Host::new());
        let guest = pre.instantiate(&mut store)?;
        Ok(Script { engine: engine.clone(), pre, store, guest })
    }

    fn run(&mut self, words: &[&str], times: u32) -> Result<()> {
        for _ in 0..times {
            match words {
                ["script", "configs"] => {
                    self.guest.call_astrid_hook_trigger(&mut self.store, "configs", b"1000")?;
                }
                ["script", action] => {
                    self.guest.call_astrid_hook_trigger(&mut self.store, action, PAYLOAD)?;
                }
                ["fresh"] => {
                    let mut store = Store::new(&self.engine, Host::new());
                    let guest = self.pre.instantiate(&mut store)?;
                    guest.call_astrid_hook_trigger(&mut store, "echo", PAYLOAD)?;
                }
                _ => bail!("unknown operation"),
            }
        }
        Ok(())
    }
}

enum Guest {
    Small(Small),
    Script(Script),
}

fn main() -> Result<()> {
    let file = std::env::args().nth(1).context("usage: typed COMPONENT.wasm")?;
    let engine = Engine::default();
    let component = Component::from_file(&engine, file)?;
    let mut guest = match Small::new(&engine, &component) {
        Ok(small) => Guest::Small(small),
        Err(_) => Guest::Script(Script::new(&engine, &component)?),
    };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words: Vec<&str> = line.split(' ').collect();
        let times = words.pop().unwrap_or_default().parse()?;
        let begin = Instant::now();
        let ran = match &mut guest {
            Guest::Small(g) => g.run(&words, times),
            Guest::Script(g) => g.run(&words, times),
        };
        match ran {
            Ok(()) => println!("{}", begin.elapsed().as_nanos()),
            Err(e) => println!("{e:#}"),
        }
        std::io::stdout().flush()?;
    }
    Ok(())
}
