/**
 * Limits of the file behind the settings.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/** How long `config.json` must be unchanged before a change by hand is read: some editors write it in several steps. */
export const CONFIG_SETTLE_MS = 100
/**
 * How often `config.json` is looked at, beside the events of its folder. Those do not tell of a change behind a link, as
 * of a Kubernetes ConfigMap, nor on the other side of a mount. One `stat` costs some 20 µs.
 */
export const CONFIG_POLL_MS = 2_000
/** The largest file that is read whole. `config.json` has some KB, with a bundle of certificates 512 KB. */
export const MAX_FILE_BYTES = 1_048_576
/** How long the holder of a folder is asked for its port. It answers at once unless its event loop is busy. */
export const LOCK_ANSWER_MS = 1_000
/** How often the lock is tried again where its holder ends in this moment, and the time in between. */
export const LOCK_TRIES = 5
export const LOCK_RETRY_MS = 50
/** Connections to the lock's socket at once; each is answered and closed. */
export const LOCK_CONNECTIONS = 8
/** Bytes of the path of a socket's file: `sun_path` of Linux has 108 with the zero at its end (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107
/** The last moment that a `Date` can hold, Unix milliseconds (ECMAScript, Time Values and Time Range). */
export const LAST_MOMENT_MS = 8.64e15
/** A file in `state/` has some KB; one that is larger than this was not written here. */
export const MAX_STATE_FILE_BYTES = 4 * 1024 * 1024
