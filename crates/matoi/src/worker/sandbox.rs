//! What a child takes from itself before it reads a byte of hostile input: memory, files, network, other programs.
//!
//! Limits of the operating system (`setrlimit`) hold everywhere; on Linux a filter of system calls (seccomp, see
//! `seccomp(2)`) lets through only what computing and two pipes need. Everything else fails as not permitted.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Bytes that the child has mapped before it begins: program and libraries, which are not what memory is taken for.
fn mapped_already() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    // Where it cannot be known, a generous guess: the limit is against gigabytes.
    pages.map_or(256 << 20, |pages| {
        pages.saturating_mul(rustix::param::page_size() as u64)
    })
}

/// Confines this process to `memory` bytes beyond what it has, and to its open pipes. Says what is in force.
#[must_use]
pub fn enter(memory: u64) -> Vec<String> {
    let limits = [
        ("memory", Resource::As, mapped_already().saturating_add(memory)),
        ("no core dump", Resource::Core, 0),
        ("no file written", Resource::Fsize, 0),
        ("no process started", Resource::Nproc, 0),
        ("no file opened", Resource::Nofile, 0),
    ];
    let mut held_by = Vec::new();
    for (name, resource, most) in limits {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        if setrlimit(resource, limit).is_ok() {
            held_by.push(name.to_owned());
        }
    }
    if filter_system_calls() {
        held_by.push("system calls".to_owned());
    }
    held_by
}

/// Allows this process `seconds` of computing from now on; then the kernel ends it, also when nobody watches any more.
pub fn allow_computing(seconds: u64) {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let used = u64::try_from(used.tv_sec).unwrap_or(0);
    let limit = Rlimit {
        current: Some(used.saturating_add(seconds).saturating_add(1)),
        maximum: getrlimit(Resource::Cpu).maximum,
    };
    // Where it cannot be set, the parent's clock is still there.
    let _ = setrlimit(Resource::Cpu, limit);
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
fn filter_system_calls() -> bool {
    linux::filter().is_some()
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
fn filter_system_calls() -> bool {
    false
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod linux {
    use std::collections::BTreeMap;

    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    /// Reading and writing what is open, memory, time, randomness, waiting, ending.
    const ALLOWED: &[i64] = &[
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_readv,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_getrandom,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_tgkill,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];

    pub(super) fn filter() -> Option<()> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            ALLOWED.iter().map(|number| (*number, Vec::new())).collect();
        // The limit of computing moves with every request; no other limit can be touched.
        let resource = SeccompCondition::new(
            1,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Eq,
            u64::from(libc::RLIMIT_CPU),
        )
        .ok()?;
        rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![resource]).ok()?]);
        let filter = SeccompFilter::new(
            rules,
            SeccompAction::Errno(u32::try_from(libc::EPERM).ok()?),
            SeccompAction::Allow,
            std::env::consts::ARCH.try_into().ok()?,
        )
        .ok()?;
        let program: BpfProgram = filter.try_into().ok()?;
        seccompiler::apply_filter(&program).ok()
    }
}
