/** The numbers of the system calls that confinement speaks of, for one processor (Linux, asm/unistd.h). */
export interface SystemCalls {
  readonly processor: "x64" | "arm64";
  /** What the kernel calls the processor in a filter (linux/audit.h). */
  readonly architecture: number;
  readonly execve: number;
  readonly prctl: number;
  readonly open: number;
  readonly close: number;
  readonly capset: number;
  readonly setrlimit: number;
  readonly clone: number;
  readonly kill: number;
  readonly tgkill: number;
  readonly prlimit64: number;
  readonly getpid: number;
  readonly exitGroup: number;
  readonly memfdCreate: number;
  /** Refused, whatever is asked of them. */
  readonly refused: readonly number[];
}

/** The same on every processor: numbers have been shared since 424. */
export const SHARED = {
  clone3: 435,
  closeRange: 436,
  landlockCreateRuleset: 444,
  landlockAddRule: 445,
  landlockRestrictSelf: 446,
} as const;

/**
 * pidfd_send_signal, io_uring_*, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_open, pidfd_getfd,
 * process_madvise, mount_setattr, process_mrelease, fchmodat2, setxattrat, removexattrat
 */
const REFUSED_EVERYWHERE = [424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 440, 442, 448, 452, 463, 466];

const X64: SystemCalls = {
  processor: "x64",
  architecture: 0xc000003e,
  execve: 59,
  prctl: 157,
  open: 257,
  close: 3,
  capset: 126,
  setrlimit: 160,
  clone: 56,
  kill: 62,
  tgkill: 234,
  prlimit64: 302,
  getpid: 39,
  exitGroup: 231,
  memfdCreate: 319,
  refused: [
    ...REFUSED_EVERYWHERE,
    // sockets: socket, connect, accept, bind, listen, accept4
    ...[41, 42, 43, 49, 50, 288],
    // processes: fork, vfork, tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, ptrace, process_vm_*, kcmp, setpriority, sched_set*,
    // ioprio_set, migrate_pages, move_pages
    ...[57, 58, 200, 129, 297, 101, 310, 311, 312, 141, 142, 144, 203, 314, 251, 256, 279],
    // what Landlock does not govern in files: chmod, fchmod, chown, fchown, lchown, fchownat, fchmodat, utime, utimes,
    // futimesat, utimensat, *setxattr, *removexattr, truncate, inotify, fanotify, handles
    ...[90, 91, 92, 93, 94, 260, 268, 132, 235, 261, 280, 188, 189, 190, 197, 198, 199, 76, 253, 294, 300, 303, 304],
    // memory shared with others: shm*, sem*, msg*, mq_open
    ...[29, 30, 31, 64, 65, 66, 220, 68, 69, 70, 71, 240],
    // the system: mount, umount2, pivot_root, chroot, unshare, setns, bpf, perf_event_open, userfaultfd, keys, modules,
    // kexec, syslog, reboot, swap, acct, quotactl, clocks, names, ports, personality, vhangup, modify_ldt
    ...[165, 166, 155, 161, 272, 308, 321, 298, 323, 248, 249, 250, 175, 176, 313, 246, 320, 103, 169, 167, 168, 163],
    ...[179, 164, 227, 159, 305, 170, 171, 172, 173, 135, 153, 154],
  ],
};

const ARM64: SystemCalls = {
  processor: "arm64",
  architecture: 0xc00000b7,
  execve: 221,
  prctl: 167,
  open: 56,
  close: 57,
  capset: 91,
  setrlimit: 164,
  clone: 220,
  kill: 129,
  tgkill: 131,
  prlimit64: 261,
  getpid: 172,
  exitGroup: 94,
  memfdCreate: 279,
  refused: [
    ...REFUSED_EVERYWHERE,
    ...[198, 203, 202, 200, 201, 242],
    ...[130, 138, 240, 117, 270, 271, 272, 140, 118, 119, 122, 274, 30, 238, 239],
    ...[52, 53, 54, 55, 88, 5, 6, 7, 14, 15, 16, 45, 26, 262, 264, 265],
    ...[194, 195, 196, 190, 191, 192, 193, 186, 187, 188, 189, 180],
    ...[40, 39, 41, 51, 97, 268, 280, 241, 282, 217, 218, 219, 105, 106, 273, 104, 294, 116, 142, 224, 225, 89],
    ...[60, 170, 112, 171, 266, 161, 162, 92, 58],
  ],
};

/** The numbers for a processor, as `process.arch` names it; null for one that is not known. */
export function systemCallsOf(arch: string): SystemCalls | null {
  if (arch === "x64") return X64;
  return arch === "arm64" ? ARM64 : null;
}
