/**
 * Limits of the desktop app.
 * Times are milliseconds and sizes bytes unless the name says otherwise.
 */
/** How long requests in flight may take when the app quits; systems grant about as much at the end of a session. */
export const QUIT_GRACE_MS = 5_000
/** Time to close the rest after {@link QUIT_GRACE_MS}; then the process is ended in any case. */
export const QUIT_MARGIN_MS = 1_000
/** State changes within this time result in one new tray menu, as some panels close an open menu when it is replaced. */
export const TRAY_DEBOUNCE_MS = 150
/** Interval for tray state without change events, such as the addresses after a change of the network. */
export const TRAY_REFRESH_MS = 30_000
/** Characters of a tooltip; Windows cuts longer ones. */
export const TOOLTIP_CHARS = 127
/** Characters of one line of the tray menu; longer lines make the menu cover half the screen. */
export const MENU_LINE_CHARS = 80
/** Backends listed in the menu; of further ones only the number is shown. */
export const MENU_BACKENDS = 12
/** Minimum time between two notifications of the overall health. */
export const NOTIFY_EVERY_MS = 60_000
/** Time after a start or a resume in which "down" is not notified, as the network is not up yet. */
export const NOTIFY_SETTLE_MS = 20_000
/** Characters of a notification that notification centres show. */
export const NOTIFICATION_BODY_CHARS = 200
/** Notifications that stay clickable; systems show no more. */
export const NOTIFICATIONS_HELD = 20
/** After an uncaught exception: time to close the service, and for a notification to reach the system. */
export const CRASH_CLOSE_MS = 1_000
export const CRASH_NOTIFY_MS = 500
/** Minimum time between two restarts after a crash; an app that crashes more often asks instead. */
export const RESTART_EVERY_MS = 10 * 60_000
/** How long the computer is kept awake after the last prediction, as Immich's jobs have pauses. */
export const STAY_AWAKE_MS = 60_000
/** Interval of the check for running predictions; far shorter than any system waits before it sleeps. */
export const WORK_POLL_MS = 5_000
/** How often the latest release is looked up, and how often it is checked whether that is due: timers stop in sleep. */
export const UPDATE_CHECK_EVERY_MS = 24 * 60 * 60_000
export const UPDATE_TIMER_MS = 60 * 60_000
/** How long the answer may take and how large it may be; GitHub's answer has a few kilobytes for each package. */
export const UPDATE_TIMEOUT_MS = 10_000
export const UPDATE_ANSWER_BYTES = 512 * 1024
/** Debug records in a report: enough to see a failure and what came before it. */
export const REPORT_RECORDS = 50
/** Characters of a value from which on it is removed as a secret; a shorter one would be found inside of words. */
export const MIN_SECRET_CHARS = 6
export const WINDOW_SIZE = { width: 1_100, height: 800 } as const
export const WINDOW_MIN_SIZE = { width: 480, height: 360 } as const
/** A new window is shown after this time even if its page is not painted yet. */
export const SHOW_WINDOW_AFTER_MS = 1_000
/** Electron does not hide the Dock icon within a second after showing it; with a margin. */
export const DOCK_HIDE_AFTER_MS = 1_100
/** The bounds of the window are written this long after it was last moved or resized. */
export const WINDOW_SETTLE_MS = 500
/** How many ports after the configured one are tried when that one is taken. */
export const PORTS_TO_TRY = 50
/** Maximum size of one log file, bytes, and the number of old files. */
export const LOG_FILE_BYTES = 2 * 1024 * 1024
export const OLD_LOG_FILES = 4
/** The pause "for 1 hour" of the tray, and the hour of the day at which "until tomorrow" ends. */
export const TRAY_PAUSE_MS = 60 * 60_000
export const MORNING_HOUR = 6
