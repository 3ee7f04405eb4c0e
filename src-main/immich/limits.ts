/**
 * Limits of the queue guard and of the client of Immich's API.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const SECOND = 1_000
const MINUTE = 60 * SECOND
const MB = 1024 * 1024

/** How long a call of Immich's API may take: its queues are read from Redis in milliseconds, on a busy NAS in seconds. */
export const IMMICH_CALL_TIMEOUT_MS = 10 * SECOND
/**
 * How long connecting may take. An Immich on the home network that has not accepted a connection by then is not
 * running.
 */
export const IMMICH_CONNECT_TIMEOUT_MS = 3 * SECOND
/** The settings have some 10 KB, the queues some 5; the limit only stops a server that is not Immich. */
export const MAX_IMMICH_ANSWER_BYTES = 1 * MB

/**
 * How long no permitted backend has to be up before Immich's queue is paused. Shorter outages are covered by the hold
 * of images.
 */
export const AWAY_BEFORE_PAUSE_MS = 15 * SECOND
/**
 * How long a backend has to be healthy before Immich's queue is resumed: one that goes up and down would lose images.
 */
export const HEALTHY_BEFORE_RESUME_MS = 10 * SECOND
/** The longest that a catch-up waits for jobs at work to end; Immich itself ends each after 300 s. */
export const DRAIN_LIMIT_MS = 300 * SECOND
/**
 * How often Immich is asked about its queues while the guard waits for a change, and for how long images count as sent
 * before a pause.
 */
export const QUEUES_FRESH_MS = 5 * SECOND
/**
 * How old Immich's answer about a queue may be to pause, resume or start that queue. An admin who pauses it between that
 * answer and our call cannot be told from us, and the queue would be resumed later; so the queues are read right before.
 * Three calls on one reading take less than this.
 */
export const QUEUES_ACT_FRESH_MS = 1 * SECOND
/**
 * How old Immich's answer about its machine-learning URLs may be for a pause: its queues are read in between, up to 10
 * s.
 */
export const URLS_ACT_FRESH_MS = 15 * SECOND
/** How often Immich's settings are read again while they do not allow to pause, or while a page shows them. */
export const URLS_FRESH_MS = 1 * MINUTE
/** Least time between two catch-ups of one queue: each looks through all of Immich's photos. */
export const CATCH_UP_INTERVAL_MS = 60 * MINUTE
/** A catch-up without a pause before it begins when nothing was lost for so long. */
export const QUIET_BEFORE_CATCH_UP_MS = 10 * SECOND
/** How long a queue that an admin resumed is left alone. */
export const LEFT_ALONE_MS = 30 * MINUTE
/** How long Immich is not asked for a catch-up again after it refused one. */
export const CATCH_UP_REFUSED_MS = 10 * MINUTE
/** The first and the longest wait before a call that failed is tried again; it doubles in between. */
export const RETRY_FIRST_MS = 5 * SECOND
export const RETRY_MAX_MS = 1 * MINUTE
/** The time for all work before the computer sleeps. Systems grant some seconds, and do not promise them. */
export const SUSPEND_BUDGET_MS = 2 * SECOND
/** The part of that for a call that is under way at that moment. */
export const SUSPEND_WAIT_MS = 500
/** A suspend counts as over after this time at the latest: the system may never report that it woke. */
export const SUSPEND_FORGOTTEN_MS = 5 * MINUTE
/** How long queues may take to be resumed when the guard is turned off or given another Immich. */
export const RELEASE_BUDGET_MS = 5 * SECOND

/** How recently a request must have come under the name in Immich's settings. Immich pings every 30 s. */
export const HOST_SEEN_MS = 5 * MINUTE
/** Host names of requests that are remembered. Immich uses one; any client can send others. */
export const MAX_HOSTS = 32

/** How often Immich's counts are asked while a page looks, and while work runs. Else never. */
export const POLL_LOOKED_AT_MS = 5 * SECOND
export const POLL_AT_WORK_MS = 30 * SECOND
/** A page counts as open for this long after it asked for progress. */
export const LOOK_MS = 15 * SECOND
/** Work counts as running for this long after the last image. */
export const AT_WORK_MS = 60 * SECOND

/** The least time between two reports of images to the guard. */
export const IMAGE_LOOK_MS = 1 * SECOND

/** The rate is an average over this long. */
export const RATE_WINDOW_MS = 5 * MINUTE
/** In steps of this. */
export const RATE_STEP_MS = 5 * SECOND
/** How much data the rate needs before a remaining time is shown. */
export const ETA_AFTER_MS = 30 * SECOND

/** Lost images whose time and reason are stored, for each task. They are only shown; the count includes all. */
export const RECENT_LOSSES = 20
/** The most characters stored of a reason. */
export const MAX_REASON_CHARS = 200
/** Least time between two writes of the losses: in an outage there are hundreds a minute. */
export const LOSSES_WRITE_MS = 1 * SECOND
