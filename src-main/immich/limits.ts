/**
 * Limits of the queue guard and of the client of Immich's API.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
const SECOND = 1_000
const MINUTE = 60 * SECOND
const MB = 1024 * 1024

/** How long a call of Immich's API may take: its queues are read from Redis in milliseconds, on a busy NAS in seconds. */
export const IMMICH_CALL_TIMEOUT_MS = 10 * SECOND
/** An Immich on the home network that has not accepted a connection by then is not there. */
export const IMMICH_CONNECT_TIMEOUT_MS = 3 * SECOND
/** The settings have some 10 KB, the queues some 5; this only stops what is no Immich. */
export const MAX_IMMICH_ANSWER_BYTES = 1 * MB

/** So long nobody may have lived before Immich's queue is paused: shorter outages the hold covers. */
export const AWAY_BEFORE_PAUSE_MS = 15 * SECOND
/** So long a backend must be healthy before Immich's queue goes on: one that flaps would lose what it is given. */
export const HEALTHY_BEFORE_RESUME_MS = 10 * SECOND
/** The longest that a catch-up waits for jobs at work to end; Immich itself ends each after 300 s. */
export const DRAIN_LIMIT_MS = 300 * SECOND
/** How long what Immich said of its queues is good enough to act on, and how often it is asked while one waits for it. */
export const QUEUES_FRESH_MS = 5 * SECOND
/** How long what Immich said of its URLs is good enough to pause: its queues are read in between, which may take 10 s. */
export const URLS_ACT_FRESH_MS = 15 * SECOND
/** How often Immich's settings are read again while they do not allow to pause, or while a page shows them. */
export const URLS_FRESH_MS = 1 * MINUTE
/** Least time between two catch-ups of one queue: each looks through all of Immich's photos. */
export const CATCH_UP_INTERVAL_MS = 60 * MINUTE
/** A catch-up without a pause before it begins when nothing was lost for so long. */
export const QUIET_BEFORE_CATCH_UP_MS = 10 * SECOND
/** How long a queue that an admin resumed is left alone. */
export const LEFT_ALONE_MS = 30 * MINUTE
/** Where Immich refused a catch-up, it is not asked again before this. */
export const CATCH_UP_REFUSED_MS = 10 * MINUTE
/** The first and the longest wait before a call that failed is tried again; it doubles in between. */
export const RETRY_FIRST_MS = 5 * SECOND
export const RETRY_MAX_MS = 1 * MINUTE
/** All that can be done before the computer sleeps: systems give some seconds, and not for sure. */
export const SUSPEND_BUDGET_MS = 2 * SECOND
/** Of that, for a call that is under way when the computer is about to sleep. */
export const SUSPEND_WAIT_MS = 500
/** What was a suspend ends after this at the latest, should the system never say that it woke. */
export const SUSPEND_FORGOTTEN_MS = 5 * MINUTE
/** How long queues may take to be resumed when the guard is turned off or given another Immich. */
export const RELEASE_BUDGET_MS = 5 * SECOND

/** Within this a request must have come under the name in Immich's settings: it pings each 30 s. */
export const HOST_SEEN_MS = 5 * MINUTE
/** Names under which requests came that are remembered. Immich has one; anybody can send more. */
export const MAX_HOSTS = 32

/** How often Immich's counts are asked while a page looks, and while work runs. Else never. */
export const POLL_LOOKED_AT_MS = 5 * SECOND
export const POLL_AT_WORK_MS = 30 * SECOND
/** A page that asked for progress is taken to look for so long. */
export const LOOK_MS = 15 * SECOND
/** Work runs for so long after the last image. */
export const AT_WORK_MS = 60 * SECOND

/** The guard looks at what follows from images that come at most so often. */
export const IMAGE_LOOK_MS = 1 * SECOND

/** The rate is an average over this long. */
export const RATE_WINDOW_MS = 5 * MINUTE
/** In steps of this. */
export const RATE_STEP_MS = 5 * SECOND
/** Data of so long is needed before an end is foretold. */
export const ETA_AFTER_MS = 30 * SECOND

/** Lost images of which time and reason are kept, for each task: for eyes, the number counts all. */
export const RECENT_LOSSES = 20
/** Characters of a reason that are kept. */
export const MAX_REASON_CHARS = 200
/** Losses are written at most so often: in an outage there are hundreds a minute. */
export const LOSSES_WRITE_MS = 1 * SECOND
