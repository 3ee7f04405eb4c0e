/**
 * Limits of the file behind the settings.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/** How long `config.json` must be unchanged before a change by hand is read: some editors write it in several steps. */
export const CONFIG_SETTLE_MS = 100
