/**
 * Limits of pauses and of the looks at what runs on this computer.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const SECOND = 1_000
const MINUTE = 60 * SECOND
const MB = 1024 * 1024

/** How long a reason must last before it pauses: a program that runs for a moment is no game. */
export const REASON_BEFORE_PAUSE_MS = 10 * SECOND
/** How long a reason must be gone before its pause ends: a game may restart between two rounds. */
export const GONE_BEFORE_RESUME_MS = 180 * SECOND
/** Least time between the beginnings of two looks. */
export const LOOK_INTERVAL_MS = 10 * SECOND
/** How long one look may take, and each process that it starts. The first photo after a rest waits for it. */
export const LOOK_TIMEOUT_MS = 2 * SECOND
/** How long after the last request there still counts as work. */
export const WANTED_MS = 5 * MINUTE
/** Bytes that a process of a look may print: a list of processes has some 50 KB. */
export const MAX_OUTPUT_BYTES = 4 * MB
/** Bytes of Steam's registry.vdf that are read: it has some 20 KB. */
export const MAX_VDF_BYTES = 4 * MB
/** The most characters shown of what a failed process printed. */
export const MAX_FAILURE_CHARS = 200
/** The longest sleep until the next end of a pause: timers stand still while the computer sleeps. */
export const LONGEST_SLEEP_MS = 30 * SECOND
