/**
 * Limits of the file behind the settings.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/** How long `config.json` must be unchanged before a change by hand is read: some editors write it in several steps. */
export const CONFIG_SETTLE_MS = 100
/** A file in `state/` has some KB; one that is larger than this was not written here. */
export const MAX_STATE_FILE_BYTES = 4 * 1024 * 1024
