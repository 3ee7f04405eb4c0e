/**
 * Limits of the tray app.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/** How long requests in flight may take when the app quits: about what systems grant at the end of a session. */
export const QUIT_GRACE_MS = 5_000
/** What is left for closing the rest after that, before the process is ended whatever happens. */
export const QUIT_MARGIN_MS = 1_000
/** Changes within this time make one new tray menu: a menu that is open is closed by a new one on some panels. */
export const TRAY_DEBOUNCE_MS = 150
/** How often the tray looks for what tells no event, such as the addresses of another network. */
export const TRAY_REFRESH_MS = 30_000
/** Windows cuts longer tooltips off. */
export const TOOLTIP_CHARS = 127
/** Characters of one line in the tray menu; a wider menu covers half the screen. */
export const MENU_LINE_CHARS = 80
/** Backends that stand in the menu; more are counted. */
export const MENU_BACKENDS = 12
/** The least time between two notifications. */
export const NOTIFY_EVERY_MS = 60_000
/** How long after a start or a sleep "down" is not told: a computer that wakes has no network yet. */
export const NOTIFY_SETTLE_MS = 20_000
/** Notifications that are kept so that a click on them is heard; systems show no more. */
export const NOTIFICATIONS_HELD = 20
/** How long closing may take, and a notification to reach the system, before the app ends after a crash. */
export const CRASH_CLOSE_MS = 1_000
export const CRASH_NOTIFY_MS = 500
/** How long after the last prediction the computer is kept awake: Immich's jobs come with pauses. */
export const STAY_AWAKE_MS = 60_000
/** How often is looked whether predictions run: far shorter than any system waits before it sleeps. */
export const WORK_POLL_MS = 5_000
export const WINDOW_SIZE = { width: 1_100, height: 800 } as const
export const WINDOW_MIN_SIZE = { width: 480, height: 360 } as const
/** A window's place is written after it has been still for this long. */
export const WINDOW_SETTLE_MS = 500
/** The next ports that are tried when the wanted one is taken. */
export const PORTS_TO_TRY = 50
/** Size of one log file, in pino-roll's words, and how many old ones are kept. */
export const LOG_FILE_SIZE = '2m'
export const OLD_LOG_FILES = 4
