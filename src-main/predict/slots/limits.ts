/** Limits of learned slots. Times are milliseconds unless the name says otherwise. */

/** What Immich sends at once unless told otherwise: the limit before anything was learned. */
export const SLOTS_AT_START = 2
/** The range of a learned limit. The real backend has one worker; 32 is more than any GPU at home uses. */
export const MIN_SLOTS = 1
export const MAX_SLOTS = 32
/** Answers a limit is judged by, for each of its slots: with ±30 % jitter their mean is then right within some 4 %. */
export const ANSWERS_PER_SLOT = 5
export const MIN_ANSWERS = 10
/** Answers that a base time must count as, for each slot, before a limit is taken as right. */
export const BASE_ANSWERS_PER_SLOT = 3
/** Answers that a probe waits for, for each slot that it leaves open. */
export const PROBE_ANSWERS_PER_SLOT = 2
export const MIN_PROBE_ANSWERS = 4
/** After this many times its usual answers, a probe no longer waits for answers of the kind of work that takes most time. */
export const PROBE_PATIENCE = 4
/**
 * A probe is given up when it had no answer for this long and for {@link PROBE_PATIENCE} times the longest base time.
 */
export const PROBE_PATIENCE_MS = 2_000
/** The share of the time that must go to kinds of work whose base time has {@link MIN_PROBE_ANSWERS}; else a probe comes first. */
export const KNOWN_SHARE = 0.75
/** The share of the time that the last slot must be in use before a limit may grow. */
export const LAST_SLOT_USED = 0.8
/**
 * How long the last slot counts as none of the machine's own. The shares fill own slots first, so the last one stays
 * empty meanwhile: a machine that was once judged to have too few slots would never show that it has more.
 */
export const PROOF_LASTS_MS = 60_000
/** A limit aims at a queue of one request inside the machine, and moves where the queue differs by more than this. */
export const QUEUE_TOLERANCE = 0.5
/**
 * A queue inside the machine that is shorter than this counts as none, as it costs less than a wait in the proxy: a
 * backend that answers in a fraction of a millisecond was limited to two requests at a time, and with 8 in flight a text
 * took 230 µs of CPU instead of 170. Real machines are slower.
 */
export const NEGLIGIBLE_QUEUE_MS = 10
/** A limit without a queue grows by this share, and by one at least: from 2 to 17 in nine steps. */
export const GROWTH = 0.25
/**
 * The least time between two probes, in milliseconds and in answer times. A probe takes some three answer times at half of
 * the limit, so it costs about 1 % of the throughput. A probe that finds no change doubles the time, up to the most.
 */
export const PROBE_EVERY_MS = 5_000
export const PROBE_EVERY_ANSWERS = 100
export const PROBE_EVERY_MOST_MS = 120_000
/** A change of the times by this factor is a change of the machine's speed, not jitter: the base times are dropped. */
export const SPEED_CHANGE = 1.3
/** The least number of answers that a moving mean of times spans. */
export const REMEMBERED_ANSWERS = 24
/** The most kinds of work that are measured for a backend; Immich has four. The names come from clients. */
export const MAX_WORKS = 32
/** The longest name of a kind of work; all of Immich's are shorter. */
export const MAX_WORK_CHARS = 100
/**
 * The longest time of an answer that is believed of the file: an attempt ends after 285 s. A backend with a longer one
 * would never be tried again.
 */
export const MAX_LEARNED_MS = 600_000
/** How often what was learned is written, apart from the stop of the service. A loss costs little: it is learned anew. */
export const LEARNED_WRITE_EVERY_MS = 600_000
/** A backend's answer that it is overloaded (429, 503) reduces the limit to this share. */
export const OVERLOAD_FACTOR = 0.75
