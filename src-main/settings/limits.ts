/**
 * Limits of the file behind the settings.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/** A change of `config.json` by hand is read after the editor has been quiet for this long. */
export const CONFIG_SETTLE_MS = 100
